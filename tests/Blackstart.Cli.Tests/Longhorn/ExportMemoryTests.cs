namespace Blackstart.Cli.Tests.Longhorn;

/// <summary>However large, deep or splintered a volume is, the whole process stays under 150 MiB.</summary>
public sealed class ExportMemoryTests : IDisposable
{
    private const long Most = 150L << 20;
    private const int Block = 4096;
    private readonly string _folder = SparseReplica.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("extents")]
    [InlineData("none")]
    public async Task A_volume_of_16_TiB_with_1_GiB_in_it(string digest)
    {
        // As large as a file of ext4 can be.
        var replica = new SparseReplica(_folder, (16L << 40) - (2 << 20))
            .WithLayer(Enumerable.Range(0, 16).Select(i => (i * (1L << 40), 64L << 20)))
            .WithLayer([(5 << 20, Block)], [.. Enumerable.Repeat((byte)7, Block)])
            .Complete();
        await ShouldStaySmallAsync(replica, digest, 16L << 26);
    }

    [Fact]
    public async Task A_chain_of_100_layers()
    {
        var replica = new SparseReplica(_folder, 1L << 30);
        for (var layer = 0; layer < 100; layer++)
        {
            replica.WithLayer(Enumerable.Range(0, 100).Select(i => (((i * 101L) + layer) * 16 * Block, 4L * Block)));
        }

        await ShouldStaySmallAsync(replica.Complete(), "sha256", 10_000L * 4 * Block);
    }

    [Fact]
    public async Task A_head_in_runs_of_a_block_each()
    {
        // File systems that give every freed run back to the disk take minutes to remove such a file. Root makes one of its own that does
        // not, and 300,000 runs; others make as many as lie in two windows of the map.
        await using var disk = await LoopDisk.TryMountAsync(_folder, 5L << 30);
        var runs = disk is null ? 20_000 : 300_000;
        var replica = new SparseReplica(disk?.Path ?? _folder, runs * 2L * Block)
            .WithLayer([(0, runs * 2L * Block)])
            .WithLayer(Enumerable.Range(0, runs).Select(i => (i * 2L * Block, (long)Block)))
            .Complete();
        await ShouldStaySmallAsync(replica, "extents", runs * 2L * Block);
    }

    private async Task ShouldStaySmallAsync(SparseReplica replica, string digest, long data)
    {
        var (output, peak) = await OwnProcess.RunAsync("longhorn", "export", replica.Path, "--to", Path.Combine(_folder, "out.raw"), "--digest", digest, "--output", "json");
        System.Text.Json.Nodes.JsonNode.Parse(output)!["data"]!.GetValue<long>().ShouldBe(data);
        TestContext.Current.SendDiagnosticMessage($"{peak >> 20} MiB");
        peak.ShouldBeInRange(1, Most);
    }
}
