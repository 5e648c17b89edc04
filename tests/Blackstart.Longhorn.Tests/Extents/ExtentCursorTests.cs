using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Extents;

public sealed class ExtentCursorTests
{
    private const long Block = ReplicaBuilder.Block;

    [Fact]
    public void It_goes_through_the_extents_within_its_range_and_asks_no_further()
    {
        using var layer = new ListedLayer((0, Block), (2 * Block, 6 * Block), (7 * Block, 8 * Block));
        Rest(new ExtentCursor(layer, 0, 4 * Block)).ShouldBe([(0, Block), (2 * Block, 4 * Block)]);
        layer.Asked.ShouldBe([0, Block]);
        layer.Asked.Clear();
        Rest(new ExtentCursor(layer, 3 * Block, 100 * Block)).ShouldBe([(3 * Block, 6 * Block), (7 * Block, 8 * Block)]);
        layer.Asked.ShouldBe([3 * Block, 6 * Block]);
        layer.Asked.Clear();
        Rest(new ExtentCursor(layer, 8 * Block, 100 * Block)).ShouldBeEmpty();
        layer.Asked.ShouldBeEmpty();
    }

    [Fact]
    public void What_ends_where_it_skips_to_is_left_out_and_what_lies_there_is_not()
    {
        using var layer = new ListedLayer((0, Block), (2 * Block, 6 * Block), (7 * Block, 8 * Block));
        var cursor = new ExtentCursor(layer, 0, 8 * Block);
        cursor.TryPeek(out _).ShouldBeTrue();
        cursor.SkipTo(Block);
        Rest(cursor).ShouldBe([(2 * Block, 6 * Block), (7 * Block, 8 * Block)]);

        cursor = new ExtentCursor(layer, 0, 8 * Block);
        cursor.SkipTo(6 * Block);
        cursor.SkipTo(0);
        Rest(cursor).ShouldBe([(7 * Block, 8 * Block)]);
        layer.Asked[^1].ShouldBe(6 * Block);

        cursor = new ExtentCursor(layer, 0, 8 * Block);
        cursor.TryPeek(out _);
        cursor.Advance();
        cursor.TryPeek(out _);
        cursor.SkipTo(5 * Block);
        Rest(cursor).ShouldBe([(2 * Block, 6 * Block), (7 * Block, 8 * Block)]);
    }

    private static List<(long Offset, long End)> Rest(ExtentCursor cursor)
    {
        var extents = new List<(long, long)>();
        for (; cursor.TryPeek(out var extent); cursor.Advance())
        {
            extents.Add((extent.Offset, extent.End));
        }

        return extents;
    }
}
