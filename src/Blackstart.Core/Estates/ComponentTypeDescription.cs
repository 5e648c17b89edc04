namespace Blackstart.Core.Estates;

/// <summary>A type that a component may have, and the settings it understands.</summary>
/// <param name="Name">Name as in <c>type:</c>.</param>
/// <param name="Summary">What it is, in one sentence.</param>
/// <param name="Settings">Its settings.</param>
public sealed record ComponentTypeDescription(string Name, string Summary, IReadOnlyList<SettingDescription> Settings);
