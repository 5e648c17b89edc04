namespace Blackstart.Longhorn.Export;

/// <summary>Where a volume is written to: at the same offsets, in ascending order unless <see cref="Writers"/> is above 1.</summary>
public interface IMergeTarget : IAsyncDisposable
{
    /// <summary>What is never written reads as zeros. If so, holes and blocks of zeros are left out.</summary>
    bool ReadsAsZeros { get; }

    /// <summary>How many writes may be under way at a time.</summary>
    int Writers { get; }

    /// <summary>Prepares for a volume of a size.</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">The target cannot hold it.</exception>
    Task PrepareAsync(long size, CancellationToken cancellationToken);

    /// <summary>Writes data.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">It cannot be written.</exception>
    Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Writes zeros; only called unless <see cref="ReadsAsZeros"/>.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">They cannot be written.</exception>
    Task WriteZerosAsync(long offset, long length, CancellationToken cancellationToken);

    /// <summary>Everything was written: when it returns, it is on stable storage.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">It cannot be brought there.</exception>
    Task CompleteAsync(CancellationToken cancellationToken);
}
