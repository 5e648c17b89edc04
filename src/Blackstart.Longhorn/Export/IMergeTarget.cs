namespace Blackstart.Longhorn.Export;

/// <summary>Where a volume is written to: at the same offsets, in ascending order unless <see cref="Writers"/> is above 1.</summary>
public interface IMergeTarget : IAsyncDisposable
{
    /// <summary>What is never written reads as zeros. If so, holes and blocks of zeros are left out.</summary>
    bool ReadsAsZeros { get; }

    /// <summary>How many writes may be under way at a time.</summary>
    int Writers { get; }

    /// <summary>Bytes from the start that an earlier copy of the same volume wrote, known once the target is prepared.</summary>
    long AlreadyWritten => 0;

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

    /// <summary>Holds what an earlier copy wrote against what it should have written, and writes again what differs; only called below <see cref="AlreadyWritten"/>.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="data">What is to be there; null for zeros.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">It cannot be read or written.</exception>
    Task MendAsync(long offset, long length, ReadOnlyMemory<byte>? data, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Everything was written: when it returns, it is on stable storage.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">It cannot be brought there.</exception>
    Task CompleteAsync(CancellationToken cancellationToken);
}
