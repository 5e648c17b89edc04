namespace Blackstart.Longhorn.Merging;

/// <summary>Compares two volumes byte for byte; where both have holes, nothing is read.</summary>
public static class VolumeComparison
{
    private const int PieceLength = 1 << 20;

    /// <summary>The first byte in which two volumes differ, or null if they are equal. Volumes of different sizes differ at the smaller one's end at the latest.</summary>
    /// <param name="first">One volume.</param>
    /// <param name="second">The other.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="SalvageException">A volume cannot be read.</exception>
    public static long? FirstDifference(MergedVolume first, MergedVolume second, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var common = Math.Min(first.Size, second.Size);
        var (one, other) = (new byte[PieceLength], new byte[PieceLength]);
        foreach (var (offset, end) in Union(first.Runs(0, common, cancellationToken), second.Runs(0, common, cancellationToken)))
        {
            for (var position = offset; position < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = (int)Math.Min(PieceLength, end - position);
                first.Read(position, one.AsSpan(0, count));
                second.Read(position, other.AsSpan(0, count));
                var same = one.AsSpan(0, count).CommonPrefixLength(other.AsSpan(0, count));
                if (same < count)
                {
                    return position + same;
                }

                position += count;
            }
        }

        return first.Size == second.Size ? null : common;
    }

    /// <summary>Ranges in which at least one of the two has data, ascending and not overlapping.</summary>
    internal static IEnumerable<(long Offset, long End)> Union(IEnumerable<VolumeRun> first, IEnumerable<VolumeRun> second)
    {
        using var one = first.GetEnumerator();
        using var other = second.GetEnumerator();
        var (hasOne, hasOther) = (one.MoveNext(), other.MoveNext());
        (long Offset, long End)? pending = null;
        while (hasOne || hasOther)
        {
            VolumeRun run;
            if (hasOne && (!hasOther || one.Current.Offset <= other.Current.Offset))
            {
                run = one.Current;
                hasOne = one.MoveNext();
            }
            else
            {
                run = other.Current;
                hasOther = other.MoveNext();
            }

            if (pending is { } open && run.Offset <= open.End)
            {
                pending = (open.Offset, Math.Max(open.End, run.End));
                continue;
            }

            if (pending is { } complete)
            {
                yield return complete;
            }

            pending = (run.Offset, run.End);
        }

        if (pending is { } last)
        {
            yield return last;
        }
    }
}
