using Blackstart.Longhorn.Extents;

namespace Blackstart.Longhorn.Tests.Extents;

/// <summary>Extents as file systems with other blocks report them, and those of a backing image, become whole blocks.</summary>
public sealed class BlockAlignmentTests
{
    private const long Largest = long.MaxValue & ~4095L;

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, 4096)]
    [InlineData(4095, 0, 4096)]
    [InlineData(4096, 4096, 4096)]
    [InlineData(4097, 4096, 8192)]
    [InlineData(Largest, Largest, Largest)]
    [InlineData(Largest - 1, Largest - 4096, Largest)]
    [InlineData(Largest + 1, Largest, Largest)]
    [InlineData(long.MaxValue, Largest, Largest)]
    public void Offsets_are_moved_to_blocks_without_overflow(long offset, long down, long up)
    {
        BlockAlignment.Down(offset).ShouldBe(down);
        BlockAlignment.Up(offset).ShouldBe(up);
    }

    [Fact]
    public void Extents_are_widened_and_cut_to_the_range()
    {
        ShouldBe([(100, 200, false)], 0, 1 << 20, [(0, 4096, false)]);
        ShouldBe([(4095, 4097, false)], 0, 1 << 20, [(0, 8192, false)]);
        ShouldBe([(0, 1 << 20, false)], 8192, 16384, [(8192, 16384, false)]);
        ShouldBe([(0, 8192, false), (20480, 24576, false)], 8192, 16384, []);
        ShouldBe([(0, 4096, false), (4096, 8192, true), (12288, 16384, false)], 4096, 12288, [(4096, 8192, true)]);
        ShouldBe([], 0, 4096, []);
    }

    [Fact]
    public void Extents_that_meet_are_joined_if_they_are_of_a_kind()
    {
        ShouldBe([(0, 4096, false), (4096, 8192, false)], 0, 1 << 20, [(0, 8192, false)]);
        ShouldBe([(0, 4096, true), (4096, 8192, true)], 0, 1 << 20, [(0, 8192, true)]);
        ShouldBe([(0, 4096, true), (4096, 8192, false)], 0, 1 << 20, [(0, 4096, true), (4096, 8192, false)]);
        ShouldBe([(0, 4096, false), (8192, 12288, false)], 0, 1 << 20, [(0, 4096, false), (8192, 12288, false)]);
        ShouldBe([(0, 4096, false), (8192, 12288, false), (12288, 16384, false)], 0, 1 << 20, [(0, 4096, false), (8192, 16384, false)]);
    }

    [Fact]
    public void Extents_of_one_block_are_one_and_written_if_any_of_them_is()
    {
        ShouldBe([(0, 1024, false), (2048, 3072, false)], 0, 1 << 20, [(0, 4096, false)]);
        ShouldBe([(0, 1024, true), (1024, 2048, false)], 0, 1 << 20, [(0, 4096, false)]);
        ShouldBe([(0, 1024, false), (1024, 2048, true)], 0, 1 << 20, [(0, 4096, false)]);
        ShouldBe([(0, 1024, true), (1024, 2048, true)], 0, 1 << 20, [(0, 4096, true)]);
        ShouldBe([(0, 5120, false), (6144, 7168, false), (9216, 10240, false)], 0, 1 << 20, [(0, 12288, false)]);
    }

    private static void ShouldBe((long Offset, long End, bool Unwritten)[] found, long start, long end, (long Offset, long End, bool Unwritten)[] expected)
    {
        var extents = found.Select(extent => new Extent(extent.Offset, extent.End, extent.Unwritten)).ToList();
        BlockAlignment.Apply(extents, start, end);
        extents.Select(extent => (extent.Offset, extent.End, extent.Unwritten)).ShouldBe(expected);
    }
}
