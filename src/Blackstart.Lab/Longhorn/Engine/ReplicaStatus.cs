namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>A replica as its engine sees it.</summary>
/// <param name="Name">Name of the Replica object.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Mode">What the engine does with it.</param>
/// <param name="Reason">Why it failed; null otherwise.</param>
internal sealed record ReplicaStatus(string Name, string Path, ReplicaMode Mode, string? Reason);
