using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Extents;

public sealed class FiemapTests : IDisposable
{
    private const long Block = ReplicaBuilder.Block;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_what_lies_in_the_range_is_told_and_nothing_of_what_was_asked_before()
    {
        using var file = File.OpenHandle(_folder["file"], FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, 32 * Block);
        foreach (var block in new[] { 0, 8, 12, 20 })
        {
            RandomAccess.Write(file, Enumerable.Repeat((byte)1, (int)Block).ToArray(), block * Block);
        }

        var extents = new List<Extent> { new(5, 6, Unwritten: true) };
        Fiemap.Read(file, 8 * Block, 9 * Block, extents).ShouldBe(long.MaxValue);
        extents.ShouldBe([new(8 * Block, 9 * Block, Unwritten: false)]);
        Fiemap.Read(file, 0, 32 * Block, extents).ShouldBe(long.MaxValue);
        extents.Select(extent => extent.Offset / Block).ShouldBe([0, 8, 12, 20]);
        Fiemap.Read(file, 24 * Block, 32 * Block, extents).ShouldBe(long.MaxValue);
        extents.ShouldBeEmpty();
    }

    [Fact]
    public void More_extents_than_fit_one_answer_are_told_in_several()
    {
        using var file = File.OpenHandle(_folder["file"], FileMode.CreateNew, FileAccess.ReadWrite);
        for (var i = 0; i < 600; i++)
        {
            RandomAccess.Write(file, Enumerable.Repeat((byte)1, (int)Block).ToArray(), i * 2 * Block);
        }

        var extents = new List<Extent>();
        var next = Fiemap.Read(file, 0, 1200 * Block, extents);
        extents.Count.ShouldBe(512);
        next.ShouldBe(1023 * Block);
        Fiemap.Read(file, next, 1200 * Block, extents).ShouldBe(long.MaxValue);
        extents.Select(extent => extent.Offset / Block).ShouldBe(Enumerable.Range(512, 88).Select(i => i * 2L));
    }

    [Fact]
    public void After_the_last_extent_of_a_file_there_is_nothing_to_ask_for()
    {
        using var file = File.OpenHandle(_folder["file"], FileMode.CreateNew, FileAccess.ReadWrite);
        for (var i = 0; i < 512; i++)
        {
            RandomAccess.Write(file, Enumerable.Repeat((byte)1, (int)Block).ToArray(), i * 2 * Block);
        }

        var extents = new List<Extent>();
        Fiemap.Read(file, 0, 1200 * Block, extents).ShouldBe(long.MaxValue);
        extents.Count.ShouldBe(512);
    }

    [Fact]
    public async Task What_was_written_a_moment_ago_is_told_as_written()
    {
        await Tool.RunAsync("fallocate", "-l", "16384", _folder["file"]);
        using var file = File.OpenHandle(_folder["file"], FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(file, Enumerable.Repeat((byte)1, (int)Block).ToArray(), Block);
        var extents = new List<Extent>();
        Fiemap.Read(file, 0, 4 * Block, extents);
        extents.ShouldBe([new(0, Block, Unwritten: true), new(Block, 2 * Block, Unwritten: false), new(2 * Block, 4 * Block, Unwritten: true)]);
    }

    [Fact]
    public void What_cannot_be_asked_is_told_with_its_cause()
    {
        using var nothing = File.OpenHandle("/dev/null");
        Should.Throw<IOException>(() => Fiemap.Read(nothing, 0, Block, [])).Message.ShouldContain("FIEMAP");
    }
}
