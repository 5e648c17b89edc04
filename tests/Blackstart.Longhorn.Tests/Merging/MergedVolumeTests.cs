using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Merging;

/// <summary>What a volume asks of its layers, and what it keeps.</summary>
public sealed class MergedVolumeTests
{
    private const long Block = ReplicaBuilder.Block;
    private const long Window = 64L << 20;

    [Fact]
    public void The_32_windows_that_were_read_last_are_kept()
    {
        using var layer = new ListedLayer([.. Enumerable.Range(0, 40).Select(i => (i * Window, (i * Window) + Block))]);
        var volume = new MergedVolume(40 * Window, [layer]);
        var block = new byte[Block];
        ReadWindows(0, 32).ShouldBeGreaterThanOrEqualTo(32);
        ReadWindows(0, 32).ShouldBe(0);
        ReadWindows(32, 1).ShouldBeGreaterThan(0);
        ReadWindows(1, 32).ShouldBe(0);
        ReadWindows(0, 1).ShouldBeGreaterThan(0);

        // Window 1 was read longer ago than the others, and went.
        ReadWindows(2, 31).ShouldBe(0);
        ReadWindows(1, 1).ShouldBeGreaterThan(0);

        int ReadWindows(int first, int count)
        {
            var before = layer.Asked.Count;
            for (var i = first; i < first + count; i++)
            {
                volume.Read(i * Window, block);
            }

            return layer.Asked.Count - before;
        }
    }

    [Fact]
    public void A_read_asks_for_its_window_alone()
    {
        using var layer = new ListedLayer([.. Enumerable.Range(0, 10).Select(i => (i * Window, (i * Window) + Block))]);
        new MergedVolume(10 * Window, [layer]).Read(3 * Window, new byte[Block]);
        layer.Asked.ShouldAllBe(start => start >= 3 * Window && start < 4 * Window);
        layer.Reads.ShouldBe([(3 * Window, (int)Block)]);
    }

    [Fact]
    public void No_layer_is_read_for_nothing()
    {
        using var above = new ListedLayer((2 * Block, 4 * Block));
        using var below = new ListedLayer((0, 6 * Block));
        var volume = new MergedVolume(8 * Block, [above, below]);
        volume.Read(2 * Block, new byte[2 * Block]);
        below.Reads.ShouldBeEmpty();
        above.Reads.ShouldBe([(2 * Block, 2 * (int)Block)]);
        volume.Read(4 * Block, new byte[4 * Block]);
        below.Reads.ShouldBe([(4 * Block, 2 * (int)Block)]);
        above.Reads.Count.ShouldBe(1);
        volume.Read(8 * Block, []);
    }

    [Fact]
    public void A_run_over_several_windows_is_one()
    {
        using var above = new ListedLayer((Window / 2, (5 * Window) / 2));
        using var below = new ListedLayer((0, 4 * Window));
        new MergedVolume(4 * Window, [above, below]).Runs(Block, (4 * Window) - (2 * Block), TestContext.Current.CancellationToken)
            .ShouldBe([new(Block, (Window / 2) - Block, 1), new(Window / 2, 2 * Window, 0), new((5 * Window) / 2, ((3 * Window) / 2) - Block, 1)]);
    }

    [Fact]
    public void A_file_system_that_does_not_answer_is_told_as_such()
    {
        using var layer = new ListedLayer((0, Block));
        layer.Fails = true;
        var volume = new MergedVolume(Block, [layer]);
        Should.Throw<SalvageException>(() => volume.Read(0, new byte[Block])).Code.ShouldBe(SalvageCode.ReadFailed);
        Should.Throw<SalvageException>(() => volume.CountData(TestContext.Current.CancellationToken)).Code.ShouldBe(SalvageCode.ReadFailed);
        Should.Throw<SalvageException>(volume.CheckUnchanged).Code.ShouldBe(SalvageCode.ReadFailed);
    }

    [Theory]
    [InlineData(-1, 0, "offset")]
    [InlineData(0, -1, "length")]
    [InlineData(4097, 0, "offset")]
    [InlineData(4096, 1, "length")]
    [InlineData(1, 4096, "length")]
    [InlineData(long.MaxValue, long.MaxValue, "offset")]
    [InlineData(1, long.MaxValue, "length")]
    public void A_range_outside_of_the_volume_is_refused(long offset, long length, string parameter)
    {
        using var layer = new ListedLayer((0, Block));
        var volume = new MergedVolume(Block, [layer]);
        Should.Throw<ArgumentOutOfRangeException>(() => volume.Runs(offset, length, TestContext.Current.CancellationToken)).ParamName.ShouldBe(parameter);
    }
}
