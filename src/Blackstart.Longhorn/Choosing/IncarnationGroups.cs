using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Choosing;

/// <summary>
/// Tells which replicas are of one incarnation of the volume, and which only of one that had the same name: a common snapshot or the same
/// file system says that they are, another file system that they are not; else most of a sample of blocks must be the same, of both
/// or of the one with less data: an older copy of a volume that has grown since.
/// </summary>
internal static class IncarnationGroups
{
    private const int Samples = 128;
    private const int FewestBlocks = 8;

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
        List<long> ofOne = Sample(one, cancellationToken), ofOther = Sample(other, cancellationToken);
        var (compared, same) = Compare(one, other, ofOne.Concat(ofOther));
        if (compared > 0 && same * 2 >= compared)
        {
            return true;
        }

        // A volume that was brought back and then grew shares little of what it holds now with the copy it came from; but that copy's
        // data is nearly all still in it. Few blocks prove nothing: a header is the same in every volume of its kind.
        (compared, same) = one.CountData(cancellationToken) <= other.CountData(cancellationToken)
            ? Compare(one, other, ofOne)
            : Compare(other, one, ofOther);
        return compared >= FewestBlocks && same * 2 > compared;
    }

    /// <summary>How many of the blocks hold data in either volume, and how many of these are the same in both.</summary>
    private static (int Compared, int Same) Compare(MergedVolume one, MergedVolume other, IEnumerable<long> offsets)
    {
        var (first, second) = (new byte[BlockAlignment.BlockSize], new byte[BlockAlignment.BlockSize]);
        var (compared, same) = (0, 0);
        var common = Math.Min(one.Size, other.Size) - BlockAlignment.BlockSize;
        foreach (var offset in offsets.Where(offset => offset <= common))
        {
            one.Read(offset, first);
            other.Read(offset, second);
            if (first.AsSpan().IndexOfAnyExcept((byte)0) >= 0 || second.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
            {
                compared++;
                same += first.AsSpan().SequenceEqual(second) ? 1 : 0;
            }
        }

        return (compared, same);
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
