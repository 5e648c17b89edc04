using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Tests.Nbd;

/// <summary>A device in memory that knows which 4 KiB blocks were ever written.</summary>
internal sealed class MemoryDevice(int size) : IZeroingBlockDevice, ITrimmingBlockDevice, IAllocatedBlockDevice
{
    private const int Block = 4096;
    private readonly Lock _gate = new();
    private readonly bool[] _allocated = new bool[(size + Block - 1) / Block];

    public byte[] Content { get; } = new byte[size];

    public int Flushes { get; private set; }

    public int Trims { get; private set; }

    public int Zeroings { get; private set; }

    public Exception? Failure { get; set; }

    public Func<Task>? BeforeRead { get; set; }

    public long Size => Content.Length;

    public async Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (BeforeRead is { } before)
        {
            await before();
        }

        Check(offset, buffer.Length);
        lock (_gate)
        {
            Content.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        }
    }

    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Check(offset, data.Length);
        lock (_gate)
        {
            data.CopyTo(Content.AsMemory((int)offset));
            Mark(offset, data.Length, allocated: true);
        }

        return Task.CompletedTask;
    }

    public Task FlushAsync(CancellationToken cancellationToken)
    {
        Check(0, 0);
        lock (_gate)
        {
            Flushes++;
        }

        return Task.CompletedTask;
    }

    public Task WriteZeroesAsync(long offset, long length, bool allocate, CancellationToken cancellationToken)
    {
        Check(offset, length);
        lock (_gate)
        {
            Zeroings++;
            Content.AsSpan((int)offset, (int)length).Clear();
            Mark(offset, length, allocate);
        }

        return Task.CompletedTask;
    }

    public Task TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        Check(offset, length);
        lock (_gate)
        {
            Trims++;
            Content.AsSpan((int)offset, (int)length).Clear();
            Mark(offset, length, allocated: false);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<BlockExtent>> AllocationAsync(long offset, long length, CancellationToken cancellationToken)
    {
        Check(offset, length);
        var extents = new List<BlockExtent>();
        lock (_gate)
        {
            for (var at = offset; at < offset + length;)
            {
                var kind = _allocated[at / Block];
                var end = at;
                while (end < offset + length && _allocated[end / Block] == kind)
                {
                    end = Math.Min(((end / Block) + 1) * Block, offset + length);
                }

                extents.Add(new BlockExtent(end - at, Hole: !kind, Zero: !kind));
                at = end;
            }
        }

        return Task.FromResult<IReadOnlyList<BlockExtent>>(extents);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Mark(long offset, long length, bool allocated)
    {
        for (var at = offset; at < offset + length; at = ((at / Block) + 1) * Block)
        {
            var whole = at % Block == 0 && at + Block <= offset + length;
            if (allocated || whole)
            {
                _allocated[at / Block] = allocated;
            }
        }
    }

    private void Check(long offset, long length)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
    }
}
