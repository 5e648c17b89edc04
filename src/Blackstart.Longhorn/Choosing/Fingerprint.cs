using System.Buffers.Binary;
using System.Security.Cryptography;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Choosing;

/// <summary>
/// Digests of a sample of a volume's blocks, by which two volumes can be held against each other without either being at hand. Blocks
/// of zeros are left out, so a written block of zeros and a hole are the same.
/// </summary>
/// <param name="Level">One block out of 2^Level is sampled, see <see cref="SampleGrid"/>; the smallest for which no more than <see cref="MostBlocks"/> hold data.</param>
/// <param name="Blocks">The sampled blocks, ascending.</param>
public sealed record Fingerprint(int Level, IReadOnlyList<FingerprintBlock> Blocks)
{
    /// <summary>The most blocks that a fingerprint has.</summary>
    public const int MostBlocks = 1024;

    /// <summary>Fewer common blocks than this prove nothing: a header is the same in every volume of its kind.</summary>
    private const int FewestBlocks = 8;

    /// <summary>Blocks of zeros may be read beside the others, but no volume is read wholly for being full of them.</summary>
    private const int MostRead = 8 * MostBlocks;

    /// <summary>A run of fewer blocks than this is counted block by block.</summary>
    private const int ShortRun = 64;

    /// <summary>Takes the fingerprint of a volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="SalvageException">The volume cannot be read.</exception>
    public static Fingerprint Of(MergedVolume volume, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var allocated = Count(volume, cancellationToken);
        var level = 0;
        while (allocated[level] > MostBlocks)
        {
            level++;
        }

        var blocks = Sample(volume, level, exactly: false, MostBlocks, cancellationToken)!;
        while (level > 0 && allocated[level - 1] <= MostRead)
        {
            // Some were zeros: perhaps the next finer grid does as well.
            if (Sample(volume, level - 1, exactly: true, MostBlocks - blocks.Count, cancellationToken) is not { } more)
            {
                break;
            }

            blocks.AddRange(more);
            level--;
        }

        blocks.Sort(static (a, b) => a.Index.CompareTo(b.Index));
        return new Fingerprint(level, blocks);
    }

    /// <summary>
    /// Whether two volumes are one, as far as blocks tell: at least half of the sampled blocks are the same in both; or most of those of
    /// the one with less data are, which is then an older copy of a volume that has grown since.
    /// </summary>
    /// <param name="one">The fingerprint of one volume.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="other">The fingerprint of the other.</param>
    /// <param name="otherSize">Its size in bytes.</param>
    public static bool AreOfOneVolume(Fingerprint one, long size, Fingerprint other, long otherSize)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        var level = Math.Max(one.Level, other.Level);
        var end = Math.Min(size, otherSize) / BlockAlignment.BlockSize;
        List<FingerprintBlock> first = one.On(level, end), second = other.On(level, end);
        var same = CountSame(first, second, out var both);
        var compared = first.Count + second.Count - both;
        var fewer = Math.Min(first.Count, second.Count);
        return (compared > 0 && same * 2 >= compared) || (fewer >= FewestBlocks && same * 2 > fewer);
    }

    private List<FingerprintBlock> On(int level, long end)
    {
        var blocks = new List<FingerprintBlock>(Blocks.Count);
        foreach (var block in Blocks)
        {
            if (block.Index < end && (level == Level || SampleGrid.LevelOf(block.Index) >= level))
            {
                blocks.Add(block);
            }
        }

        return blocks;
    }

    /// <summary>Counts the blocks that are in both, and of these the ones with the same bytes.</summary>
    private static int CountSame(List<FingerprintBlock> first, List<FingerprintBlock> second, out int both)
    {
        var same = 0;
        both = 0;
        for (var (i, j) = (0, 0); i < first.Count && j < second.Count;)
        {
            var order = first[i].Index.CompareTo(second[j].Index);
            if (order == 0)
            {
                both++;
                same += first[i].Digest == second[j].Digest ? 1 : 0;
            }

            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }

        return same;
    }

    /// <summary>How many allocated blocks are on each level.</summary>
    private static long[] Count(MergedVolume volume, CancellationToken cancellationToken)
    {
        var counts = new long[SampleGrid.Coarsest + 1];
        foreach (var run in volume.Runs(cancellationToken))
        {
            var (start, end) = (run.Offset / BlockAlignment.BlockSize, BlockAlignment.Up(run.End) / BlockAlignment.BlockSize);
            if (end - start < ShortRun)
            {
                for (var block = start; block < end; block++)
                {
                    for (var level = SampleGrid.LevelOf(block); level >= 0; level--)
                    {
                        counts[level]++;
                    }
                }

                continue;
            }

            for (var level = 0; level < counts.Length; level++)
            {
                counts[level] += SampleGrid.CountBefore(level, end) - SampleGrid.CountBefore(level, start);
            }
        }

        return counts;
    }

    /// <summary>Digests the blocks on a level that are not zeros; null if there are more than so many.</summary>
    private static List<FingerprintBlock>? Sample(MergedVolume volume, int level, bool exactly, int most, CancellationToken cancellationToken)
    {
        var blocks = new List<FingerprintBlock>();
        var content = new byte[BlockAlignment.BlockSize];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        var last = -1L;
        foreach (var run in volume.Runs(cancellationToken))
        {
            var (start, end) = (run.Offset / BlockAlignment.BlockSize, BlockAlignment.Up(run.End) / BlockAlignment.BlockSize);
            for (var group = start >> level; group <= (end - 1) >> level; group++)
            {
                var block = SampleGrid.BlockOf(level, group);
                if (block < start || block >= end || block == last || (exactly && SampleGrid.LevelOf(block) != level))
                {
                    continue;
                }

                cancellationToken.ThrowIfCancellationRequested();
                last = block;
                var offset = block * BlockAlignment.BlockSize;
                var part = content.AsSpan(0, (int)Math.Min(content.Length, volume.Size - offset));
                volume.Read(offset, part);
                if (part.IndexOfAnyExcept((byte)0) < 0)
                {
                    continue;
                }

                if (blocks.Count == most)
                {
                    return null;
                }

                SHA256.HashData(part, digest);
                blocks.Add(new FingerprintBlock(block, BinaryPrimitives.ReadUInt64LittleEndian(digest)));
            }
        }

        return blocks;
    }
}
