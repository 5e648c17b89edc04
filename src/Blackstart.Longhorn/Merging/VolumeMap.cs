namespace Blackstart.Longhorn.Merging;

/// <summary>
/// Where the data of a volume lies, kept for the parts that were asked for last. Many may ask at once: a window is resolved once, outside
/// the lock, and what is kept is bounded by runs rather than by windows, since a window may hold 16,384 of them or none.
/// </summary>
internal sealed class VolumeMap(MergedVolume volume)
{
    /// <summary>The grid on which the volume resolves itself: a window asked for costs one resolution.</summary>
    private const long Window = 64L << 20;

    /// <summary>24 bytes each: 12 MiB at most.</summary>
    private const int KeptRuns = 1 << 19;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, LinkedListNode<Entry>> _windows = [];
    private readonly LinkedList<Entry> _recent = [];
    private int _runs;

    /// <summary>The end of the window that an offset lies in.</summary>
    internal long EndOfWindow(long offset) => Math.Min(offset - (offset % Window) + Window, volume.Size);

    /// <summary>The runs of the window that an offset lies in, ascending.</summary>
    /// <exception cref="SalvageException">The file system does not say where the layers are allocated.</exception>
    internal VolumeRun[] RunsAround(long offset)
    {
        var start = offset - (offset % Window);
        Entry entry;
        lock (_lock)
        {
            if (_windows.TryGetValue(start, out var node))
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
            }
            else
            {
                node = _recent.AddFirst(new Entry(start, new Lazy<VolumeRun[]>(() => [.. volume.Runs(start, EndOfWindow(start) - start)])));
                _windows.Add(start, node);
                Keep(1);
            }

            entry = node.Value;
        }

        try
        {
            var runs = entry.Runs.Value;
            lock (_lock)
            {
                if (!entry.IsCounted)
                {
                    entry.IsCounted = true;
                    Keep(runs.Length);
                }
            }

            return runs;
        }
        catch
        {
            Forget(entry);
            throw;
        }
    }

    /// <summary>Index of the first run that ends after an offset.</summary>
    internal static int FirstEndingAfter(ReadOnlySpan<VolumeRun> runs, long offset)
    {
        var (low, high) = (0, runs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (runs[middle].End <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Where data begins at or after an offset, or <paramref name="end"/>; steps over what is empty without looking at it.</summary>
    internal long NextData(long offset, long end)
    {
        foreach (var run in volume.Runs(offset, end - offset))
        {
            return run.Offset;
        }

        return end;
    }

    private void Keep(int more)
    {
        // An empty window counts as one run, so that there is no end of those neither.
        _runs += more;
        while (_runs > KeptRuns && _recent.Last is { } oldest && oldest != _recent.First)
        {
            Drop(oldest);
        }
    }

    private void Forget(Entry entry)
    {
        lock (_lock)
        {
            if (_windows.TryGetValue(entry.Start, out var node) && node.Value == entry)
            {
                Drop(node);
            }
        }
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        _recent.Remove(node);
        _windows.Remove(node.Value.Start);
        _runs -= 1 + (node.Value.IsCounted ? node.Value.Runs.Value.Length : 0);
        node.Value.IsCounted = true;
    }

    private sealed record Entry(long Start, Lazy<VolumeRun[]> Runs)
    {
        /// <summary>Its runs are in the sum, or it is no longer kept: either way they are not to be added.</summary>
        public bool IsCounted { get; set; }
    }
}
