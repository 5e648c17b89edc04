namespace Blackstart.Longhorn.Scanning;

/// <summary>A Longhorn disk: a folder with <c>longhorn-disk.cfg</c> or <c>replicas</c>.</summary>
/// <param name="Path">The folder, absolute.</param>
/// <param name="Uuid">The disk's UUID by its <c>longhorn-disk.cfg</c>; null if it says none.</param>
public sealed record FoundDisk(string Path, string? Uuid);
