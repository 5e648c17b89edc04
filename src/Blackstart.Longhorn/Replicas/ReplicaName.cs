using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Blackstart.Longhorn.Replicas;

/// <summary>The name of a replica directory: the volume's name, a dash, and eight characters chosen when the replica was scheduled.</summary>
/// <param name="Volume">Name of the volume; may itself contain dashes.</param>
/// <param name="Suffix">Eight lowercase hexadecimal digits. Not the suffix of the Replica object's name.</param>
public sealed partial record ReplicaName(string Volume, string Suffix)
{
    /// <summary>Reads a directory name.</summary>
    /// <param name="directoryName">The last name of the path.</param>
    /// <param name="name">The parts.</param>
    /// <returns>False if it is not the name of a replica directory.</returns>
    public static bool TryParse(string directoryName, [NotNullWhen(true)] out ReplicaName? name)
    {
        ArgumentNullException.ThrowIfNull(directoryName);
        var match = Pattern().Match(directoryName);
        name = match.Success ? new ReplicaName(match.Groups["volume"].Value, match.Groups["suffix"].Value) : null;
        return name is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Volume}-{Suffix}";

    [GeneratedRegex(@"\A(?<volume>[^/\0\n]+)-(?<suffix>[0-9a-f]{8})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();
}
