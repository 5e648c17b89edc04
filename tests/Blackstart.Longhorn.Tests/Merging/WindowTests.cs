using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Merging;

/// <summary>A volume is mapped in windows of 64 MiB; nothing may show where they meet.</summary>
public sealed class WindowTests : IDisposable
{
    private const int Block = ReplicaBuilder.Block;
    private const long Window = 64L << 20;
    private const long PerWindow = Window / Block;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_read_over_several_windows_gives_what_each_holds()
    {
        var replica = new ReplicaBuilder(_folder, size: 5 * Window).WithLayers(
            [(PerWindow - 1, 1), (PerWindow, 2), ((3 * PerWindow) + 5, 3)],
            [(PerWindow - 2, 4), (PerWindow, 5), (PerWindow + 1, 6), ((2 * PerWindow) - 1, 7), (2 * PerWindow, 8)]);
        using var opened = OpenedReplica.Open(replica.Path);
        var buffer = new byte[(2 * Window) + (9 * Block)];
        Array.Fill(buffer, (byte)0xEE);
        var start = Window - (3 * Block) - 7;
        opened.Volume.Read(start, buffer);
        var expected = new byte[buffer.Length];
        foreach (var (block, fill) in new[] { (PerWindow - 2, 4), (PerWindow - 1, 1), (PerWindow, 2), (PerWindow + 1, 6), ((2 * PerWindow) - 1, 7), (2 * PerWindow, 8), ((3 * PerWindow) + 5, 3) })
        {
            var from = (int)Math.Min((block * Block) - start, expected.Length);
            expected.AsSpan(from, Math.Min(Block, expected.Length - from)).Fill((byte)fill);
        }

        buffer.AsSpan().SequenceEqual(expected).ShouldBeTrue();
        opened.Volume.Runs(TestContext.Current.CancellationToken).ShouldBe(
        [
            new((PerWindow - 2) * Block, Block, 1), new((PerWindow - 1) * Block, 2 * Block, 0), new((PerWindow + 1) * Block, Block, 1),
            new(((2 * PerWindow) - 1) * Block, 2 * Block, 1), new(((3 * PerWindow) + 5) * Block, Block, 0),
        ]);
        opened.Volume.Runs(Window - 100, 200, TestContext.Current.CancellationToken).ShouldBe([new(Window - 100, 200, 0)]);
    }

    [Fact]
    public void More_windows_than_are_kept_are_read_again_as_they_were()
    {
        const int windows = 70;
        var replica = new ReplicaBuilder(_folder, size: windows * Window).WithLayers(
            [.. Enumerable.Range(0, windows).Select(i => (i * PerWindow, (byte)(i + 1)))],
            [(5, 0xFF)]);
        using var opened = OpenedReplica.Open(replica.Path);
        var block = new byte[Block];
        foreach (var i in Enumerable.Range(0, windows).Concat(Enumerable.Range(0, windows).Reverse()))
        {
            opened.Volume.Read(i * Window, block);
            block.ShouldAllBe(value => value == i + 1);
        }
    }

    [Fact]
    public void A_write_to_any_layer_is_noticed_at_the_end()
    {
        foreach (var name in ReplicaBuilder.Names(2))
        {
            var replica = new ReplicaBuilder(_folder, suffix: name.Contains("head", StringComparison.Ordinal) ? "aaaaaaaa" : "bbbbbbbb").WithLayers([(0, 1)], [(1, 1)]);
            using var opened = OpenedReplica.Open(replica.Path);
            opened.Volume.CheckUnchanged();
            File.SetLastWriteTimeUtc(replica[name], new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            var failure = Should.Throw<SalvageException>(opened.Volume.CheckUnchanged);
            failure.Code.ShouldBe(SalvageCode.ReadFailed);
            failure.Reason.ShouldContain(name);
        }
    }

    [Fact]
    public void Runs_end_when_they_are_stopped()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(2, 1)]);
        using var opened = OpenedReplica.Open(replica.Path);
        Should.Throw<OperationCanceledException>(() => opened.Volume.Runs(new CancellationToken(canceled: true)).ToList());
    }
}
