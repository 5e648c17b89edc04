using Blackstart.Longhorn.Blocks;

namespace Blackstart.Lab.Tests.Erp;

/// <summary>A volume in memory.</summary>
internal sealed class MemoryDevice(int size) : IBlockDevice
{
    public byte[] Bytes { get; private init; } = new byte[size];

    public long Size => Bytes.Length;

    /// <summary>A copy as it is now: what a stale replica would hold.</summary>
    public MemoryDevice Copy() => new(0) { Bytes = [.. Bytes] };

    public Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Bytes.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        return Task.CompletedTask;
    }

    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        data.CopyTo(Bytes.AsMemory((int)offset));
        return Task.CompletedTask;
    }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
