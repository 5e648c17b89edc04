namespace Blackstart.Core.Estates;

/// <summary>What a setting's value is.</summary>
public enum SettingKind
{
    /// <summary>One line or more of text, not empty.</summary>
    Text,

    /// <summary>A list of texts.</summary>
    List,

    /// <summary>A whole number, not negative.</summary>
    Number,

    /// <summary>A path; a relative one is relative to the folder of the estate's file.</summary>
    Path,

    /// <summary>A duration such as <c>90s</c>, <c>5m</c> or <c>1h30m</c>.</summary>
    Duration,
}
