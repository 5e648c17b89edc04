using Blackstart.Longhorn.Choosing;

namespace Blackstart.Longhorn.Scanning;

/// <summary>What a scan found.</summary>
/// <param name="Disks">The disks, by path.</param>
/// <param name="Volumes">The volumes, by name.</param>
/// <param name="Unreadable">Folders that could not be looked into.</param>
public sealed record ScanReport(IReadOnlyList<FoundDisk> Disks, IReadOnlyList<FoundVolume> Volumes, IReadOnlyList<string> Unreadable)
{
    /// <summary>Where it was looked, absolute.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>The only volume that was looked for; null for all.</summary>
    public string? Volume { get; init; }

    /// <summary>Something was found, every volume has a replica to recover from, and every disk is of a kind that is read here.</summary>
    public bool IsDecided => Volumes.Count > 0 && Volumes.All(volume => volume.Choice.Best is not null) && !Disks.Any(disk => disk.IsSecondEngine);

    /// <summary>That no replica directory was found, and where it was looked; null if one was.</summary>
    public string? NothingFound => Volumes.Count > 0
        ? null
        : Printable.Of($"no replica directory{(Volume is null ? string.Empty : $" of volume {Volume}")} was found under {string.Join(", ", Roots)}");

    /// <summary>The evidence of every replica of a volume, as it was found.</summary>
    /// <param name="volume">The volume's name.</param>
    public IEnumerable<ReplicaEvidence> EvidenceOf(string volume) =>
        Volumes.Where(found => string.Equals(found.Name, volume, StringComparison.Ordinal)).SelectMany(found => found.Choice.Replicas).Select(replica => replica.Evidence);
}
