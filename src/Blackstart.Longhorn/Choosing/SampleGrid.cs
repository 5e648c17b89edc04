namespace Blackstart.Longhorn.Choosing;

/// <summary>
/// Which blocks of a volume are sampled. On level s one block out of every aligned group of 2^s is, and it is one of the two that are
/// on level s - 1 in the halves of the group: a coarser grid is part of every finer one. Which of the two is drawn from a fixed hash,
/// so that data laid out in steps of a power of two is met as often as any other.
/// </summary>
internal static class SampleGrid
{
    /// <summary>No volume has more than 2^63 bytes, that is 2^51 blocks.</summary>
    internal const int Coarsest = 51;

    /// <summary>The coarsest level that the block is on.</summary>
    internal static int LevelOf(long block)
    {
        var level = 0;
        while (level < Coarsest && Half(level + 1, block >> (level + 1)) == ((block >> level) & 1))
        {
            level++;
        }

        return level;
    }

    /// <summary>The block of a group that is on the level.</summary>
    internal static long BlockOf(int level, long group)
    {
        for (; level > 0; level--)
        {
            group = (group << 1) | Half(level, group);
        }

        return group;
    }

    /// <summary>How many of the blocks before this one are on the level.</summary>
    internal static long CountBefore(int level, long block)
    {
        var group = block >> level;
        return group + (BlockOf(level, group) < block ? 1 : 0);
    }

    /// <summary>Which half of the group goes on: the finalizer of SplitMix64, a fixed function of level and group.</summary>
    private static long Half(int level, long group)
    {
        var mixed = ((ulong)group * 0x9E3779B97F4A7C15) + (ulong)level;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (long)((mixed ^ (mixed >> 31)) & 1);
    }
}
