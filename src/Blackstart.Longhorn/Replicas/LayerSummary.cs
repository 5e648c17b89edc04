namespace Blackstart.Longhorn.Replicas;

/// <summary>A layer of a chain, for people.</summary>
/// <param name="Name">File name.</param>
/// <param name="Length">Apparent length in bytes.</param>
/// <param name="Allocated">Bytes it occupies on disk.</param>
/// <param name="Created">RFC 3339 as the engine wrote it; for a head, when the snapshot below was taken.</param>
/// <param name="UserCreated">A person took the snapshot.</param>
/// <param name="Removed">To be coalesced; still holds live data.</param>
/// <param name="Modified">Last change of the file's content.</param>
public sealed record LayerSummary(
    string Name,
    long Length,
    long Allocated,
    string Created,
    bool UserCreated,
    bool Removed,
    DateTimeOffset Modified);
