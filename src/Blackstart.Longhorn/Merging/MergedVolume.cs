using System.Runtime.InteropServices;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Merging;

/// <summary>
/// The volume that a chain stands for: <see cref="Size"/> bytes, of which the runs are data and the rest reads as zeros.
/// Reading is safe from several threads at once. Memory stays bounded whatever the size: the map is made per window.
/// The volume lives as long as its <see cref="ReplicaDirectory"/> is open.
/// </summary>
public sealed class MergedVolume
{
    private const long Window = 64L << 20;
    private const int KeptWindows = 32;
    private readonly IVolumeLayer[] _layers;
    private readonly Lock _lock = new();
    private readonly LinkedList<(long Start, List<VolumeRun> Runs)> _windows = [];

    internal MergedVolume(ReplicaChain chain)
        : this(chain.Size, chain.Sources)
    {
    }

    internal MergedVolume(long size, IVolumeLayer[] layers)
    {
        Size = size;
        _layers = layers;
    }

    /// <summary>Size in bytes.</summary>
    public long Size { get; }

    internal IReadOnlyList<IVolumeLayer> Layers => _layers;

    /// <summary>The runs of data, ascending and not overlapping; what lies between them is zeros.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="SalvageException">The file system stopped answering where the layers are allocated.</exception>
    public IEnumerable<VolumeRun> Runs(CancellationToken cancellationToken = default) => Runs(0, Size, cancellationToken);

    /// <summary>The runs of data within a range, clipped to it.</summary>
    /// <param name="offset">Start of the range in bytes.</param>
    /// <param name="length">Length of the range in bytes.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the volume.</exception>
    /// <exception cref="SalvageException">The file system stopped answering where the layers are allocated.</exception>
    public IEnumerable<VolumeRun> Runs(long offset, long length, CancellationToken cancellationToken = default)
    {
        CheckRange(offset, length);
        return Enumerate(offset, offset + length, cancellationToken);
    }

    /// <summary>Bytes of data, that is, the sum of the runs' lengths.</summary>
    /// <param name="cancellationToken">Stops the count.</param>
    public long CountData(CancellationToken cancellationToken = default) => Runs(cancellationToken).Sum(run => run.Length);

    /// <summary>Fills the buffer from the offset.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="buffer">What to fill, wholly.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the volume.</exception>
    /// <exception cref="SalvageException">A layer cannot be read.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        CheckRange(offset, buffer.Length);
        while (!buffer.IsEmpty)
        {
            var start = offset - (offset % Window);
            var part = buffer[..(int)Math.Min(buffer.Length, start + Window - offset)];
            ReadWithin(MapOf(start), offset, part);
            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <summary>Fills the buffer from the offset.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="buffer">What to fill, wholly.</param>
    /// <param name="cancellationToken">Stops before the read begins.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the volume.</exception>
    /// <exception cref="SalvageException">A layer cannot be read.</exception>
    public Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        Task.Run(() => Read(offset, buffer.Span), cancellationToken);

    /// <summary>Makes sure that nothing was written to a layer since the replica was judged; asked at the end of a copy.</summary>
    /// <exception cref="SalvageException">A layer has changed, so what was read is a mixture.</exception>
    public void CheckUnchanged()
    {
        var changed = Asking(() => Array.Find(_layers, layer => layer.HasChanged()));
        if (changed is not null)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"{changed.Name} was written to while it was read");
        }
    }

    private IEnumerable<VolumeRun> Enumerate(long offset, long end, CancellationToken cancellationToken)
    {
        // The map is made for whole blocks and clipped when it is given out.
        var start = BlockAlignment.Down(offset);
        var blocksEnd = BlockAlignment.Up(end);
        var cursors = Array.ConvertAll(_layers, layer => new ExtentCursor(layer, start, blocksEnd));
        var resolver = new WindowResolver();
        VolumeRun? pending = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var data = Asking(() => NextData(cursors, start, blocksEnd));
            if (data >= blocksEnd)
            {
                break;
            }

            // Windows lie on a grid, so that empty ones in between are stepped over.
            var windowEnd = Math.Min(data - (data % Window) + Window, blocksEnd);
            foreach (var found in Asking(() => resolver.Resolve(cursors, data, windowEnd)))
            {
                var from = Math.Max(found.Offset, offset);
                var run = new VolumeRun(from, Math.Min(found.End, end) - from, found.Layer);
                if (run.Length <= 0)
                {
                    continue;
                }

                if (pending is { } before && before.Layer == run.Layer && before.End == run.Offset)
                {
                    pending = before with { Length = before.Length + run.Length };
                    continue;
                }

                if (pending is { } complete)
                {
                    yield return complete;
                }

                pending = run;
            }

            start = windowEnd;
        }

        if (pending is { } last)
        {
            yield return last;
        }
    }

    private static long NextData(ExtentCursor[] cursors, long start, long end)
    {
        var next = end;
        foreach (var cursor in cursors)
        {
            cursor.SkipTo(start);
            if (cursor.TryPeek(out var extent))
            {
                next = Math.Min(next, Math.Max(extent.Offset, start));
            }
        }

        return next;
    }

    private List<VolumeRun> MapOf(long start)
    {
        lock (_lock)
        {
            for (var node = _windows.First; node is not null; node = node.Next)
            {
                if (node.Value.Start == start)
                {
                    _windows.Remove(node);
                    _windows.AddFirst(node);
                    return node.Value.Runs;
                }
            }

            var end = Math.Min(start + Window, BlockAlignment.Up(Size));
            var cursors = Array.ConvertAll(_layers, layer => new ExtentCursor(layer, start, end));
            var runs = Asking(() => new WindowResolver().Resolve(cursors, start, end));
            _windows.AddFirst((start, runs));
            if (_windows.Count > KeptWindows)
            {
                _windows.RemoveLast();
            }

            return runs;
        }
    }

    private void ReadWithin(List<VolumeRun> runs, long offset, Span<byte> buffer)
    {
        var end = offset + buffer.Length;
        var position = offset;
        for (var i = VolumeMap.FirstEndingAfter(CollectionsMarshal.AsSpan(runs), offset); i < runs.Count && runs[i].Offset < end; i++)
        {
            var from = Math.Max(runs[i].Offset, position);
            var until = Math.Min(runs[i].End, end);
            buffer[(int)(position - offset)..(int)(from - offset)].Clear();
            _layers[runs[i].Layer].Read(from, buffer[(int)(from - offset)..(int)(until - offset)]);
            position = until;
        }

        buffer[(int)(position - offset)..].Clear();
    }

    private static T Asking<T>(Func<T> question)
    {
        try
        {
            return question();
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"the file system does not tell of a layer: {failure.Message}", failure);
        }
    }

    private void CheckRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
    }
}
