using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Export;

/// <summary>Writes a volume into a block device, which stays open.</summary>
/// <param name="device">The device, at least as large as the volume.</param>
/// <param name="isFresh">The device has never been written to and reads as zeros; holes are then left alone. Never say so of a device that was used.</param>
public sealed class BlockDeviceTarget(IBlockDevice device, bool isFresh) : IMergeTarget
{
    internal static readonly byte[] Zeros = new byte[1 << 20];

    /// <inheritdoc/>
    public bool ReadsAsZeros => isFresh;

    /// <inheritdoc/>
    public int Writers => 4;

    /// <inheritdoc/>
    public Task PrepareAsync(long size, CancellationToken cancellationToken) =>
        device.Size >= size
            ? Task.CompletedTask
            : throw new SalvageException(SalvageCode.TargetTooSmall, $"the device holds {device.Size} bytes, the volume {size}");

    /// <inheritdoc/>
    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        Writing(offset, () => device.WriteAsync(offset, data, cancellationToken));

    /// <inheritdoc/>
    public Task WriteZerosAsync(long offset, long length, CancellationToken cancellationToken) => Writing(offset, async () =>
    {
        const long mostAtOnce = 64L << 20;
        var zeroing = device as IZeroingBlockDevice;
        for (var (position, rest) = (offset, length); rest > 0;)
        {
            var part = Math.Min(rest, zeroing is null ? Zeros.Length : mostAtOnce);
            await (zeroing is null
                ? device.WriteAsync(position, Zeros.AsMemory(0, (int)part), cancellationToken)
                : zeroing.WriteZeroesAsync(position, part, allocate: false, cancellationToken));
            position += part;
            rest -= part;
        }
    });

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken) => Writing(0, () => device.FlushAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task Writing(long offset, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.WriteFailed, $"the device cannot be written near byte {offset}: {failure.Message}", failure);
        }
    }
}
