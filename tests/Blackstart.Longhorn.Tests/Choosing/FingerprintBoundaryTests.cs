using System.Globalization;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Choosing;

/// <summary>Where the rules of comparing fingerprints begin and end.</summary>
public sealed class FingerprintBoundaryTests
{
    private const int Block = ReplicaBuilder.Block;

    [Theory]
    [InlineData("", "", false)]
    [InlineData("1a", "", false)]
    [InlineData("1a 2b", "1a 2c", true)]
    [InlineData("1a 2b 3c", "1a 2c", false)]
    [InlineData("0a 1b", "2a 3b", false)]
    [InlineData("0a 1a 2a 3a 4a", "0a 1a 2a 3a 4a 5a 6a 7a 8a 9a 10a", false)]
    [InlineData("0a 1a 2a 3a 4a 5a 6a", "0a 1a 2a 3a 4a 5a 6a 7a 8a 9a 10a 11a 12a 13a 14a", false)]
    [InlineData("0a 1a 2a 3a 4a 5a 6a 7a", "0a 1a 2a 3a 4a 5a 6a 7a 8a 9a 10a 11a 12a 13a 14a 15a 16a", true)]
    [InlineData("0a 1a 2a 3a 4a 5b 6b 7b", "0a 1a 2a 3a 4a 5a 6a 7a 8a 9a 10a 11a", true)]
    [InlineData("0a 1a 2a 3a 4b 5b 6b 7b", "0a 1a 2a 3a 4a 5a 6a 7a 8a 9a 10a 11a", false)]
    public void Half_of_the_blocks_or_most_of_eight_of_the_smaller_one_make_one_volume(string one, string other, bool expected)
    {
        const long size = 100 * Block;
        Fingerprint.AreOfOneVolume(Of(0, one), size, Of(0, other), size).ShouldBe(expected);
        Fingerprint.AreOfOneVolume(Of(0, other), size, Of(0, one), size).ShouldBe(expected);
    }

    [Fact]
    public void Blocks_past_the_end_of_the_smaller_volume_do_not_count()
    {
        Fingerprint.AreOfOneVolume(Of(0, "0a 4a 5a 6a 7a"), 8 * Block, Of(0, "0a"), 4 * Block).ShouldBeTrue();
        Fingerprint.AreOfOneVolume(Of(0, "0a 1b 4c"), 8 * Block, Of(0, "0a 1c"), 4 * Block).ShouldBeTrue();
        Fingerprint.AreOfOneVolume(Of(0, "0a 1b 3c"), 8 * Block, Of(0, "0a 1c"), 4 * Block).ShouldBeFalse();
    }

    [Fact]
    public void The_coarser_grid_of_the_two_counts_and_all_of_it()
    {
        var all = Enumerable.Range(0, 16).Select(index => (long)index).ToList();
        var coarse = new Fingerprint(2, [.. all.Where(index => SampleGrid.LevelOf(index) >= 2).Select(index => new FingerprintBlock(index, 1))]);
        coarse.Blocks.Count.ShouldBe(4);

        // Only the blocks that are on this level and no coarser one are the same: half of four.
        var fine = new Fingerprint(0, all.ConvertAll(index => new FingerprintBlock(index, SampleGrid.LevelOf(index) > 2 ? 2u : 1u)));
        fine.Blocks.Count(block => SampleGrid.LevelOf(block.Index) > 2).ShouldBe(2);
        Fingerprint.AreOfOneVolume(coarse, 16 * Block, fine, 16 * Block).ShouldBeTrue();
        Fingerprint.AreOfOneVolume(fine, 16 * Block, coarse, 16 * Block).ShouldBeTrue();

        var other = new Fingerprint(0, all.ConvertAll(index => new FingerprintBlock(index, SampleGrid.LevelOf(index) >= 2 ? 2u : 1u)));
        Fingerprint.AreOfOneVolume(coarse, 16 * Block, other, 16 * Block).ShouldBeFalse();
    }

    [Fact]
    public void Nothing_is_no_fingerprint()
    {
        var some = Of(0, "1a");
        Should.Throw<ArgumentNullException>(() => Fingerprint.AreOfOneVolume(null!, Block, some, Block));
        Should.Throw<ArgumentNullException>(() => Fingerprint.AreOfOneVolume(some, Block, null!, Block));
        Should.Throw<ArgumentNullException>(() => Fingerprint.Of(null!, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_block_on_the_coarsest_grid_is_counted()
    {
        // The first block of every grid there is.
        var block = SampleGrid.BlockOf(SampleGrid.Coarsest, 0);
        SampleGrid.LevelOf(block).ShouldBe(SampleGrid.Coarsest);
        var size = block < 1L << 49 ? 1L << 61 : long.MaxValue - (1L << 40);
        using var layer = new ListedLayer((block * Block, (block + 1) * Block));
        var fingerprint = Fingerprint.Of(new MergedVolume(size, [layer]), TestContext.Current.CancellationToken);
        fingerprint.Level.ShouldBe(0);
        fingerprint.Blocks.Select(found => found.Index).ShouldBe([block]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(9000)]
    public void The_finest_grid_on_which_no_more_than_1024_blocks_lie_is_taken(int blocks)
    {
        const int first = 777;
        using var layer = new ListedLayer((first * Block, (first + (long)blocks) * Block));
        var fingerprint = Fingerprint.Of(new MergedVolume(64 << 20, [layer]), TestContext.Current.CancellationToken);
        int OnLevel(int level) => Enumerable.Range(first, blocks).Count(block => SampleGrid.LevelOf(block) >= level);
        OnLevel(fingerprint.Level).ShouldBeLessThanOrEqualTo(Fingerprint.MostBlocks);
        fingerprint.Blocks.Count.ShouldBe(OnLevel(fingerprint.Level));
        if (fingerprint.Level > 0)
        {
            OnLevel(fingerprint.Level - 1).ShouldBeGreaterThan(Fingerprint.MostBlocks);
        }
    }

    private static Fingerprint Of(int level, string blocks) => new(
        level,
        [.. blocks.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(block => new FingerprintBlock(long.Parse(block[..^1], CultureInfo.InvariantCulture), block[^1]))]);
}
