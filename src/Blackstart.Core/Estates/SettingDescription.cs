namespace Blackstart.Core.Estates;

/// <summary>One setting of a component type. The loader, the schema and the reference are all made from it.</summary>
/// <param name="Key">Key under <c>settings</c>.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Required">Whether a component without it is an error.</param>
/// <param name="Default">Value when it is not given, as it would be written in the file (a list: comma-separated); null for none.</param>
/// <param name="Summary">What it is for, in one sentence.</param>
public sealed record SettingDescription(string Key, SettingKind Kind, bool Required, string? Default, string Summary)
{
    /// <summary>The words a text may be; empty where any will do.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];
}
