using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Choosing;

/// <summary>
/// Tells which replicas are of one incarnation of the volume, and which only of one that had the same name: a common snapshot or the same
/// file system says that they are, another file system that they are not; else most of a sample of blocks must be the same.
/// </summary>
internal static class IncarnationGroups
{
    private const int Samples = 128;

    internal static List<List<Candidate>> Of(List<Candidate> candidates, CancellationToken cancellationToken)
    {
        var groups = new List<List<Candidate>>();
        foreach (var candidate in candidates)
        {
            var related = groups.FindAll(group => group.Exists(other => AreOne(candidate, other, cancellationToken)));
            groups.RemoveAll(related.Contains);
            groups.Add([.. related.SelectMany(group => group), candidate]);
        }

        return groups;
    }

    private static bool AreOne(Candidate one, Candidate other, CancellationToken cancellationToken)
    {
        if (one.Snapshots.Intersect(other.Snapshots, StringComparer.Ordinal).Any())
        {
            return true;
        }

        return one.Content?.Uuid is { } id && other.Content?.Uuid is { } otherId
            ? string.Equals(id, otherId, StringComparison.Ordinal)
            : ShareBlocks(one.Volume!, other.Volume!, cancellationToken);
    }

    private static bool ShareBlocks(MergedVolume one, MergedVolume other, CancellationToken cancellationToken)
    {
        var (first, second) = (new byte[BlockAlignment.BlockSize], new byte[BlockAlignment.BlockSize]);
        var (compared, same) = (0, 0);
        var common = Math.Min(one.Size, other.Size) - BlockAlignment.BlockSize;
        foreach (var offset in Sample(one, cancellationToken).Concat(Sample(other, cancellationToken)).Where(offset => offset <= common))
        {
            one.Read(offset, first);
            other.Read(offset, second);
            if (first.AsSpan().IndexOfAnyExcept((byte)0) >= 0 || second.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
            {
                compared++;
                same += first.AsSpan().SequenceEqual(second) ? 1 : 0;
            }
        }

        return compared > 0 && same * 2 >= compared;
    }

    /// <summary>Blocks spread evenly over the data.</summary>
    private static List<long> Sample(MergedVolume volume, CancellationToken cancellationToken)
    {
        var blocks = volume.CountData(cancellationToken) / BlockAlignment.BlockSize;
        var step = Math.Max(1, blocks / Samples) * BlockAlignment.BlockSize;
        var offsets = new List<long>();
        var (seen, next) = (0L, 0L);
        foreach (var run in volume.Runs(cancellationToken))
        {
            for (; next < seen + run.Length; next += step)
            {
                offsets.Add(run.Offset + next - seen);
            }

            seen += run.Length;
        }

        return offsets;
    }
}
