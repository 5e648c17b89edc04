namespace Blackstart.Longhorn.Blocks;

/// <summary>
/// A device of a fixed number of bytes that can be read and written anywhere. Calls may overlap in time; what overlapping
/// writes of the same bytes leave behind is one of them.
/// </summary>
public interface IBlockDevice : IAsyncDisposable
{
    /// <summary>Length of the device in bytes; constant while it is open.</summary>
    long Size { get; }

    /// <summary>Fills <paramref name="buffer"/> with the bytes from <paramref name="offset"/> on.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="buffer">Where to; filled wholly.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the device.</exception>
    /// <exception cref="IOException">The device failed.</exception>
    Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes <paramref name="data"/> from <paramref name="offset"/> on; readable when the task completes, durable only after a flush.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="data">What to write.</param>
    /// <param name="cancellationToken">Ends the wait; the bytes may then be written or not.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the device.</exception>
    /// <exception cref="IOException">The device failed; its <see cref="Exception.HResult"/> is the errno if one is known (28 = no space left).</exception>
    Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>When it returns, every write that completed before the call is on stable storage.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The device failed.</exception>
    Task FlushAsync(CancellationToken cancellationToken);
}
