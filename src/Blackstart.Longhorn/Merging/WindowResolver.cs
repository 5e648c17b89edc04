using Blackstart.Longhorn.Extents;

namespace Blackstart.Longhorn.Merging;

/// <summary>
/// Finds out, for a window of the volume, which layer supplies what: from the head downwards, the first layer with an
/// allocated extent takes the block. Works on ranges and holds one window at a time.
/// </summary>
internal sealed class WindowResolver
{
    private List<(long Offset, long End)> _open = [];
    private List<(long Offset, long End)> _stillOpen = [];

    /// <summary>Resolves [start, end); the cursors stand one per layer, head first, and only move forwards.</summary>
    internal List<VolumeRun> Resolve(ExtentCursor[] cursors, long start, long end)
    {
        var runs = new List<VolumeRun>();
        _open.Clear();
        _open.Add((start, end));
        for (var layer = 0; layer < cursors.Length && _open.Count > 0; layer++)
        {
            Take(cursors[layer], layer, runs, end);
        }

        runs.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        Join(runs);
        return runs;
    }

    private void Take(ExtentCursor cursor, int layer, List<VolumeRun> runs, long end)
    {
        cursor.SkipTo(_open[0].Offset);
        if (!cursor.TryPeek(out var extent) || extent.Offset >= end)
        {
            return;
        }

        _stillOpen.Clear();
        foreach (var (offset, until) in _open)
        {
            var position = offset;
            while (position < until && cursor.TryPeek(out extent) && extent.Offset < until)
            {
                if (extent.End <= position)
                {
                    cursor.Advance();
                    continue;
                }

                var from = Math.Max(extent.Offset, position);
                if (from > position)
                {
                    _stillOpen.Add((position, from));
                }

                position = Math.Min(extent.End, until);
                runs.Add(new VolumeRun(from, position - from, layer));
            }

            if (position < until)
            {
                _stillOpen.Add((position, until));
            }
        }

        (_open, _stillOpen) = (_stillOpen, _open);
    }

    private static void Join(List<VolumeRun> runs)
    {
        var count = 0;
        for (var i = 0; i < runs.Count; i++)
        {
            var run = runs[i];
            if (count > 0 && runs[count - 1].Layer == run.Layer && runs[count - 1].End == run.Offset)
            {
                runs[count - 1] = runs[count - 1] with { Length = run.End - runs[count - 1].Offset };
            }
            else
            {
                runs[count++] = run;
            }
        }

        runs.RemoveRange(count, runs.Count - count);
    }
}
