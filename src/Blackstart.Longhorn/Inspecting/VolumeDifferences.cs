using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Inspecting;

/// <summary>Finds where two volumes differ, block by block; where both have holes, nothing is read, and only one piece of each is in memory.</summary>
public static class VolumeDifferences
{
    private const int PieceLength = 1 << 20;

    /// <summary>The blocks of 4096 bytes that differ, neighbours joined, ascending. What one volume has beyond the end of the other is one range, data or not.</summary>
    /// <param name="first">One volume.</param>
    /// <param name="second">The other.</param>
    /// <param name="compared">Told how many bytes were read of each, now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    /// <exception cref="SalvageException">A volume cannot be read.</exception>
    public static IEnumerable<VolumeDifference> Between(MergedVolume first, MergedVolume second, Action<long>? compared, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Joined(Blocks(first, second, compared, cancellationToken));
    }

    private static IEnumerable<VolumeDifference> Blocks(MergedVolume first, MergedVolume second, Action<long>? compared, CancellationToken cancellationToken)
    {
        var common = Math.Min(first.Size, second.Size);
        var (one, other) = (new byte[PieceLength], new byte[PieceLength]);
        var differing = new List<VolumeDifference>();
        foreach (var (offset, end) in VolumeComparison.Union(first.Runs(0, common, cancellationToken), second.Runs(0, common, cancellationToken)))
        {
            for (var position = offset; position < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = (int)Math.Min(PieceLength, end - position);
                first.Read(position, one.AsSpan(0, count));
                second.Read(position, other.AsSpan(0, count));
                compared?.Invoke(count);
                Compare(one.AsSpan(0, count), other.AsSpan(0, count), position, differing);
                foreach (var difference in differing)
                {
                    yield return difference;
                }

                position += count;
            }
        }

        var longest = Math.Max(first.Size, second.Size);
        if (longest > common)
        {
            yield return new VolumeDifference(common, longest - common);
        }
    }

    private static void Compare(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, long position, List<VolumeDifference> differing)
    {
        differing.Clear();
        for (var start = 0; start < one.Length;)
        {
            var same = one[start..].CommonPrefixLength(other[start..]);
            if (start + same == one.Length)
            {
                return;
            }

            start += same - (same % BlockAlignment.BlockSize);
            var length = Math.Min(BlockAlignment.BlockSize, one.Length - start);
            differing.Add(new VolumeDifference(position + start, length));
            start += length;
        }
    }

    private static IEnumerable<VolumeDifference> Joined(IEnumerable<VolumeDifference> differences)
    {
        VolumeDifference? pending = null;
        foreach (var difference in differences)
        {
            if (pending is { } open && open.End == difference.Offset)
            {
                pending = new VolumeDifference(open.Offset, open.Length + difference.Length);
                continue;
            }

            if (pending is { } complete)
            {
                yield return complete;
            }

            pending = difference;
        }

        if (pending is { } last)
        {
            yield return last;
        }
    }
}
