using System.Globalization;

namespace Blackstart.Core.Estates;

/// <summary>
/// The settings of a component, checked against its type's description: asking for a key that the description requires, or gives a
/// default, cannot fail. Paths are absolute.
/// </summary>
/// <param name="values">Key → value; a list has any number of elements, every other kind exactly one.</param>
public sealed class ComponentSettings(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
{
    /// <summary>No settings at all.</summary>
    public static ComponentSettings Empty { get; } = new(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));

    /// <summary>The keys that have a value, given or by default.</summary>
    public IEnumerable<string> Keys => values.Keys;

    /// <summary>Whether the key has a value, given or by default.</summary>
    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>A text, or the absolute form of a path.</summary>
    /// <exception cref="KeyNotFoundException">It is not set and has no default.</exception>
    public string Text(string key) => List(key) is [var only]
        ? only
        : throw new InvalidOperationException($"The setting '{key}' is a list");

    /// <summary>A text, or the absolute form of a path; null when it is not set and has no default.</summary>
    public string? TextOrNull(string key) => Has(key) ? Text(key) : null;

    /// <summary>A list; empty only when the file says so or the default does.</summary>
    /// <exception cref="KeyNotFoundException">It is not set and has no default.</exception>
    public IReadOnlyList<string> List(string key) => values.TryGetValue(key, out var value)
        ? value
        : throw new KeyNotFoundException($"The setting '{key}' is not set and has no default");

    /// <summary>A whole number, not negative.</summary>
    /// <exception cref="KeyNotFoundException">It is not set and has no default.</exception>
    public int Number(string key) => int.Parse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>A duration.</summary>
    /// <exception cref="KeyNotFoundException">It is not set and has no default.</exception>
    public TimeSpan Duration(string key) => DurationText.TryParse(Text(key), out var value)
        ? value
        : throw new InvalidOperationException($"The setting '{key}' is not a duration");
}
