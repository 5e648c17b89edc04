using System.Text.RegularExpressions;

namespace Blackstart.Lab.Provisioning;

/// <summary>The manifests of the lab's estate, with <c>${NAME}</c> where a lab's own values go.</summary>
internal static partial class LabManifests
{
    public static string Read(string name) => Read(name, new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>The manifest with every placeholder filled; one without a value is an error.</summary>
    public static string Read(string name, IReadOnlyDictionary<string, string> values)
    {
        using var stream = typeof(LabManifests).Assembly.GetManifestResourceStream($"manifests/{name}.yaml")
            ?? throw new ArgumentException($"there is no manifest '{name}'", nameof(name));
        using var reader = new StreamReader(stream);
        return Placeholder().Replace(reader.ReadToEnd(), match => values[match.Groups["name"].Value]);
    }

    [GeneratedRegex(@"\$\{(?<name>[a-zA-Z]+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();
}
