namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>
/// One copy of a volume, as the engine uses it. Offsets and lengths are whole blocks of <see cref="ReplicaDirectory.BlockSize"/>
/// except for reads. Reads and writes may overlap in time; everything else is called alone.
/// </summary>
internal interface IReplica : IDisposable
{
    string Path { get; }

    /// <summary>Chain, base first, as file names.</summary>
    IReadOnlyList<string> Layers { get; }

    void Read(long offset, Span<byte> buffer);

    void Write(long offset, ReadOnlySpan<byte> data);

    void WriteZeroes(long offset, long length, bool allocate);

    void Trim(long offset, long length);

    /// <summary>The run at an offset: its length in bytes, at most <paramref name="length"/>, and whether any layer has it.</summary>
    (long Length, bool Allocated) Run(long offset, long length);

    /// <summary>False once its files are no longer in the directory, or others are in their place, which writing to open files does not show.</summary>
    bool IsPresent { get; }

    void Flush();

    void Snapshot(string name, bool userCreated, string created, IReadOnlyDictionary<string, string>? labels);

    void Revert(string name, string created);

    /// <summary>A clean end: flushed, and no longer dirty. Disposing alone is a crash.</summary>
    void Close();
}
