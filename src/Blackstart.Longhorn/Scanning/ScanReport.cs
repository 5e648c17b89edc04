namespace Blackstart.Longhorn.Scanning;

/// <summary>What a scan found.</summary>
/// <param name="Disks">The disks, by path.</param>
/// <param name="Volumes">The volumes, by name.</param>
/// <param name="Unreadable">Folders that could not be looked into.</param>
public sealed record ScanReport(IReadOnlyList<FoundDisk> Disks, IReadOnlyList<FoundVolume> Volumes, IReadOnlyList<string> Unreadable);
