namespace Blackstart.Longhorn.Export;

/// <summary>How a volume is written out.</summary>
public sealed record CopyOptions
{
    /// <summary>What is hashed on the way.</summary>
    public DigestMode Digest { get; init; } = DigestMode.Sha256;

    /// <summary>Told after each chunk; called from one thread at a time, with growing numbers.</summary>
    public IProgress<CopyProgress>? Progress { get; init; }

    /// <summary>Bytes read and written at a time, a multiple of 64 KiB. All chunks together fit a processor's cache: what was read is written and hashed from there.</summary>
    internal int ChunkSize { get; init; } = 1 << 20;

    /// <summary>Chunks in memory at a time.</summary>
    internal int Chunks { get; init; } = 12;

    /// <summary>Chunks read at a time.</summary>
    internal int Readers { get; init; } = 4;
}
