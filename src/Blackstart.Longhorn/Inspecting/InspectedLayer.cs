namespace Blackstart.Longhorn.Inspecting;

/// <summary>A layer of a replica directory, in the chain or beside it.</summary>
/// <param name="Name">File name of the image.</param>
/// <param name="Parent">File name of the next lower layer; empty for the lowest, null if its metadata cannot be read.</param>
/// <param name="IsInChain">The volume (or the snapshot that is looked at) is made of it; otherwise a revert left it behind, or a crash did.</param>
/// <param name="IsPresent">The image file is there.</param>
/// <param name="Created">RFC 3339 as the engine wrote it; for a head, when the snapshot below was taken.</param>
/// <param name="UserCreated">A person took the snapshot.</param>
/// <param name="Removed">To be coalesced; still holds live data.</param>
/// <param name="Length">Apparent length in bytes.</param>
/// <param name="Allocated">Bytes it occupies on disk.</param>
/// <param name="Modified">Last change of the file's content; null if it is not there.</param>
/// <param name="Supplies">Bytes of the merged volume that come from it; null if it is not in the chain, or the chain cannot be read.</param>
public sealed record InspectedLayer(
    string Name,
    string? Parent,
    bool IsInChain,
    bool IsPresent,
    string Created,
    bool UserCreated,
    bool Removed,
    long Length,
    long Allocated,
    DateTimeOffset? Modified,
    long? Supplies)
{
    /// <summary>The snapshot's own name; null for a head.</summary>
    public string? Snapshot => Replicas.LayerName.IsSnapshot(Name) ? Replicas.LayerName.SnapshotOf(Name) : null;
}
