namespace Blackstart.Core.Estates;

/// <summary>A declared part of the estate.</summary>
/// <param name="Name">Name, unique in the estate.</param>
/// <param name="Type">Name of its type, one of those the estate was loaded with.</param>
/// <param name="Layer">The layer it is backed up in.</param>
/// <param name="DependsOn">Names of the components that must be back before this one is brought back.</param>
/// <param name="Settings">Settings as its type describes them, checked, with defaults filled in.</param>
/// <param name="Objectives">Its own objectives, where they differ from the estate's.</param>
public sealed record Component(
    string Name,
    string Type,
    Layer Layer,
    IReadOnlyList<string> DependsOn,
    ComponentSettings Settings,
    Objectives? Objectives);
