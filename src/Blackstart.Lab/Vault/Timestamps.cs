using System.Globalization;

namespace Blackstart.Lab.Vault;

/// <summary>Times as Vault writes them: RFC 3339 in UTC.</summary>
internal static class Timestamps
{
    public static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
