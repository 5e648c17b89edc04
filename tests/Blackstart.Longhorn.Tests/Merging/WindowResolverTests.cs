using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Merging;

/// <summary>The resolver alone: what it finds, and what it asks of which layer.</summary>
public sealed class WindowResolverTests
{
    private const long Block = ReplicaBuilder.Block;

    [Fact]
    public void What_is_found_does_not_depend_on_what_was_resolved_before()
    {
        var resolver = new WindowResolver();
        resolver.Resolve([], 0, 8 * Block).ShouldBeEmpty();
        resolver.Resolve(Cursors(8, new ListedLayer((0, 8 * Block))), 0, 8 * Block).ShouldBe([new(0, 8 * Block, 0)]);
        resolver.Resolve(Cursors(8, new ListedLayer((2 * Block, 4 * Block)), new ListedLayer((3 * Block, 5 * Block))), 0, 8 * Block)
            .ShouldBe([new(2 * Block, 2 * Block, 0), new(4 * Block, Block, 1)]);
        resolver.Resolve(Cursors(8, new ListedLayer((Block, 7 * Block))), 0, 8 * Block).ShouldBe([new(Block, 6 * Block, 0)]);
    }

    [Fact]
    public void Ranges_of_a_layer_that_touch_are_one_run_and_those_of_two_layers_are_two()
    {
        new WindowResolver().Resolve(Cursors(8, new ListedLayer((Block, 2 * Block), (2 * Block, 3 * Block), (3 * Block, 4 * Block), (5 * Block, 6 * Block))), 0, 8 * Block)
            .ShouldBe([new(Block, 3 * Block, 0), new(5 * Block, Block, 0)]);
        new WindowResolver().Resolve(Cursors(8, new ListedLayer((Block, 2 * Block)), new ListedLayer((0, 4 * Block))), 0, 8 * Block)
            .ShouldBe([new(0, Block, 1), new(Block, Block, 0), new(2 * Block, 2 * Block, 1)]);
    }

    [Fact]
    public void A_layer_below_others_that_hold_all_of_the_window_is_not_asked()
    {
        var below = new ListedLayer((0, 8 * Block));
        new WindowResolver().Resolve(Cursors(8, new ListedLayer((0, 8 * Block)), below), 0, 8 * Block).ShouldBe([new(0, 8 * Block, 0)]);
        below.Asked.ShouldBeEmpty();
        new WindowResolver().Resolve(Cursors(8, new ListedLayer((2 * Block, 5 * Block)), new ListedLayer((0, 3 * Block), (4 * Block, 8 * Block)), below), 0, 8 * Block)
            .ShouldBe([new(0, 2 * Block, 1), new(2 * Block, 3 * Block, 0), new(5 * Block, 3 * Block, 1)]);
        below.Asked.ShouldBeEmpty();
    }

    [Fact]
    public void A_layer_is_asked_from_the_first_byte_on_that_those_above_leave_open()
    {
        var below = new ListedLayer((0, Block), (2 * Block, 3 * Block), (6 * Block, 8 * Block));
        new WindowResolver().Resolve(Cursors(8, new ListedLayer((0, 5 * Block)), below), 0, 8 * Block)
            .ShouldBe([new(0, 5 * Block, 0), new(6 * Block, 2 * Block, 1)]);
        below.Asked[0].ShouldBe(5 * Block);
    }

    [Fact]
    public void A_range_of_no_length_has_no_runs_wherever_it_lies()
    {
        using var layer = new ListedLayer((0, 8 * Block));
        var volume = new MergedVolume(8 * Block, [layer]);
        foreach (var offset in new[] { 0, 100, Block, Block + 1, 8 * Block })
        {
            volume.Runs(offset, 0, TestContext.Current.CancellationToken).ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_volume_is_mapped_as_far_as_it_is_asked_for()
    {
        const long window = 64L << 20;
        using var layer = new ListedLayer([.. Enumerable.Range(0, 100).Select(i => (i * window, (i * window) + Block))]);
        var volume = new MergedVolume(100 * window, [layer]);
        volume.Runs(TestContext.Current.CancellationToken).First().ShouldBe(new(0, Block, 0));
        layer.Asked.Max().ShouldBeLessThan(4 * window);
        volume.Runs(TestContext.Current.CancellationToken).Count().ShouldBe(100);
    }

    private static ExtentCursor[] Cursors(int blocks, params ListedLayer[] layers) => Array.ConvertAll(layers, layer => new ExtentCursor(layer, 0, blocks * Block));
}
