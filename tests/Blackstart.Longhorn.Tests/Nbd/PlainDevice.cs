using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Tests.Nbd;

/// <summary>A device that can only do what every device can.</summary>
internal sealed class PlainDevice(IBlockDevice inner) : IBlockDevice
{
    public long Size => inner.Size;

    public Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => inner.ReadAsync(offset, buffer, cancellationToken);

    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => inner.WriteAsync(offset, data, cancellationToken);

    public Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
