using System.Globalization;
using System.Text.RegularExpressions;

namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>Kubernetes' order of version names: v2, v1, v1beta2, v1alpha1, then anything else by name.</summary>
internal sealed partial class ApiVersionOrder : IComparer<string>
{
    public static ApiVersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var (left, right) = (Rank(x), Rank(y));
        return left.CompareTo(right) is var order && order != 0 ? order : string.CompareOrdinal(x, y);
    }

    [GeneratedRegex("^v(?<major>[0-9]+)((?<stability>alpha|beta)(?<minor>[0-9]+))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();

    private static (int Stability, int Major, int Minor) Rank(string? version)
    {
        var match = Pattern().Match(version ?? string.Empty);
        if (!match.Success)
        {
            return (3, 0, 0);
        }

        var stability = match.Groups["stability"].Value switch { "" => 0, "beta" => 1, _ => 2 };
        var minor = match.Groups["minor"].Success ? int.Parse(match.Groups["minor"].Value, CultureInfo.InvariantCulture) : 0;
        return (stability, -int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture), -minor);
    }
}
