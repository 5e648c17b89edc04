using System.Text.Json;
using Blackstart.Core.Errors;

namespace Blackstart.Core.Isolation;

/// <summary>What an environment's systems said of themselves when somebody vouched for them.</summary>
/// <param name="Identities">By target, as <see cref="Target.ToString"/> spells it.</param>
public sealed record RecordedIdentities(IReadOnlyDictionary<string, string> Identities)
{
    /// <summary>Nothing recorded: every effect is refused.</summary>
    public static RecordedIdentities None { get; } = new(new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>Reads a file of the form <c>{"schemaVersion":1,"identities":{"kubernetes":"…","machine/pi1":"…"}}</c>.</summary>
    /// <exception cref="BlackstartException"><c>BS2007</c>: the file is there but cannot be read as such; a half-written file proves nothing.</exception>
    public static RecordedIdentities Load(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return None;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.GetProperty("schemaVersion").GetInt32() != 1)
            {
                throw new JsonException("schemaVersion is not 1");
            }

            var identities = document.RootElement.GetProperty("identities").EnumerateObject()
                .ToDictionary(p => p.Name, p => p.Value.GetString() ?? "", StringComparer.Ordinal);
            return identities.Values.Any(string.IsNullOrWhiteSpace)
                ? throw new JsonException("an identity is empty")
                : new RecordedIdentities(identities);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BlackstartException(
                "BS2007",
                ExitCode.Refused,
                $"reading the recorded identities in {path}",
                e.Message.TrimEnd('.'),
                "Restore the file from git; without it nothing may be changed",
                e);
        }
    }

    /// <summary>The recorded identity of a target, or null.</summary>
    public string? Of(Target target) => Identities.GetValueOrDefault(target.ToString());

    /// <summary>The target that has this identity, as the file spells it, or null.</summary>
    public string? Holder(SystemKind system, string identity) => Identities
        .Where(p => string.Equals(p.Value, identity, StringComparison.Ordinal))
        .Select(p => p.Key)
        .FirstOrDefault(key => system == SystemKind.Machine ? key.StartsWith("machine/", StringComparison.Ordinal) : key == Words(system));

    private static string Words(SystemKind system) => Planning.Words.Of(system);
}
