using System.Security.Cryptography;
using System.Text.Json;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Longhorn.Tests.Nbd;

/// <summary>The server against the tools of libnbd and QEMU.</summary>
public sealed class NbdPeerTests : IDisposable
{
    private const int Size = 8 * 1024 * 1024;
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NbdinfoSeesSizeNameAndAbilities(bool unix)
    {
        await using var device = new MemoryDevice(Size);
        await using var server = Serve(unix, new NbdExport("erp-data", device) { Description = "the ERP's records" });
        var (exit, output, error) = await Peer.RunAsync("nbdinfo", "--json", server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        using var json = JsonDocument.Parse(output);
        var export = json.RootElement.GetProperty("exports")[0];
        json.RootElement.GetProperty("protocol").GetString().ShouldBe("newstyle-fixed");
        json.RootElement.GetProperty("structured").GetBoolean().ShouldBeTrue();
        export.GetProperty("export-name").GetString().ShouldBe("erp-data");
        export.GetProperty("description").GetString().ShouldBe("the ERP's records");
        export.GetProperty("export-size").GetInt64().ShouldBe(Size);
        export.GetProperty("contexts")[0].GetString().ShouldBe("base:allocation");
        foreach (var ability in new[] { "can_flush", "can_fua", "can_trim", "can_zero", "can_multi_conn", "can_df" })
        {
            export.GetProperty(ability).GetBoolean().ShouldBeTrue(ability);
        }

        export.GetProperty("is_read_only").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task NbdinfoListsExportsAndMapsAllocation()
    {
        await using var device = new MemoryDevice(Size);
        await device.WriteAsync(1024 * 1024, new byte[8192], TestContext.Current.CancellationToken);
        await using var server = Serve(unix: true, new NbdExport("one", device), new NbdExport("two", device) { ReadOnly = true });
        var (exit, output, error) = await Peer.RunAsync("nbdinfo", "--list", "--json", server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        using (var json = JsonDocument.Parse(output))
        {
            json.RootElement.GetProperty("exports").EnumerateArray().Select(e => e.GetProperty("export-name").GetString()).ShouldBe(["one", "two"]);
            json.RootElement.GetProperty("exports")[1].GetProperty("is_read_only").GetBoolean().ShouldBeTrue();
        }

        (exit, output, error) = await Peer.RunAsync("nbdinfo", "--map", "--json", server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        using var map = JsonDocument.Parse(output);
        map.RootElement.EnumerateArray().Select(e => (e.GetProperty("offset").GetInt64(), e.GetProperty("length").GetInt64(), e.GetProperty("type").GetInt32()))
            .ShouldBe([(0, 1024 * 1024, 3), (1024 * 1024, 8192, 0), ((1024 * 1024) + 8192, Size - (1024 * 1024) - 8192, 3)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NbdcopyWritesAndReadsBack(bool unix)
    {
        await using var device = new MemoryDevice(Size);
        await using var server = Serve(unix, new NbdExport("documents", device));
        var source = RandomNumberGenerator.GetBytes(Size);
        source.AsSpan(2 * 1024 * 1024, 1024 * 1024).Clear();
        await File.WriteAllBytesAsync(_folder.File("in"), source, TestContext.Current.CancellationToken);
        var (exit, _, error) = await Peer.RunAsync("nbdcopy", "--flush", _folder.File("in"), server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        device.Content.AsSpan().SequenceEqual(source).ShouldBeTrue();
        device.Flushes.ShouldBePositive();

        (exit, _, error) = await Peer.RunAsync("nbdcopy", server.Uri.OriginalString, _folder.File("out"));
        exit.ShouldBe(0, error);
        (await File.ReadAllBytesAsync(_folder.File("out"), TestContext.Current.CancellationToken)).AsSpan().SequenceEqual(source).ShouldBeTrue();
    }

    [Fact]
    public async Task QemuConvertsMapsAndCompares()
    {
        await using var device = new MemoryDevice(Size);
        await using var server = Serve(unix: true, new NbdExport("v", device));
        var source = new byte[Size];
        RandomNumberGenerator.Fill(source.AsSpan(4096, 300_000));
        await File.WriteAllBytesAsync(_folder.File("in"), source, TestContext.Current.CancellationToken);
        var (exit, _, error) = await Peer.RunAsync("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", _folder.File("in"), server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        device.Content.AsSpan().SequenceEqual(source).ShouldBeTrue();
        (device.Zeroings + device.Trims).ShouldBePositive();
        (exit, _, error) = await Peer.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", _folder.File("in"), server.Uri.OriginalString);
        exit.ShouldBe(0, error);
    }

    [Fact]
    public async Task AReadOnlyExportRefusesNbdcopy()
    {
        await using var device = new MemoryDevice(Size);
        await using var server = Serve(unix: true, new NbdExport("v", device) { ReadOnly = true });
        await File.WriteAllBytesAsync(_folder.File("in"), RandomNumberGenerator.GetBytes(Size), TestContext.Current.CancellationToken);
        var (exit, _, _) = await Peer.RunAsync("nbdcopy", _folder.File("in"), server.Uri.OriginalString);
        exit.ShouldNotBe(0);
        device.Content.AsSpan().IndexOfAnyExcept((byte)0).ShouldBe(-1);
    }

    [Fact]
    public async Task TheClientTalksToLibnbdsOwnServer()
    {
        // qemu-nbd is the peer's server: it checks this client's half of the protocol.
        var image = _folder.File("image");
        var content = RandomNumberGenerator.GetBytes(Size);
        await File.WriteAllBytesAsync(image, content, TestContext.Current.CancellationToken);
        var socket = _folder.File("qemu.sock");
        var start = new System.Diagnostics.ProcessStartInfo("qemu-nbd");
        foreach (var argument in new[] { "-f", "raw", "-x", "disk", "-k", socket, "-e", "4", "-t", "--discard=unmap", image })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = System.Diagnostics.Process.Start(start)!;
        try
        {
            var client = await ConnectWhenUpAsync(new Uri($"nbd+unix:///disk?socket={socket}"));
            await using (client)
            {
                client.Size.ShouldBe(Size);
                var read = new byte[Size];
                await client.ReadAsync(0, read, TestContext.Current.CancellationToken);
                read.AsSpan().SequenceEqual(content).ShouldBeTrue();
                var patch = RandomNumberGenerator.GetBytes(6 * 1024 * 1024);
                await client.WriteAsync(512, patch, TestContext.Current.CancellationToken);
                await client.WriteZeroesAsync(0, 512, allocate: false, TestContext.Current.CancellationToken);
                await client.FlushAsync(TestContext.Current.CancellationToken);
                await client.ReadAsync(512, read.AsMemory(0, patch.Length), TestContext.Current.CancellationToken);
                read.AsSpan(0, patch.Length).SequenceEqual(patch).ShouldBeTrue();
                (await client.AllocationAsync(0, Size, TestContext.Current.CancellationToken)).Sum(extent => extent.Length).ShouldBePositive();
            }

            var unknown = await Should.ThrowAsync<IOException>(() => NbdClient.ConnectAsync(new Uri($"nbd+unix:///other?socket={socket}"), TestContext.Current.CancellationToken));
            unknown.Message.ShouldContain("no export 'other'");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task<NbdClient> ConnectWhenUpAsync(Uri uri)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        while (true)
        {
            try
            {
                return await NbdClient.ConnectAsync(uri, deadline.Token);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
            }
        }
    }

    private NbdServer Serve(bool unix, params NbdExport[] exports) => unix
        ? NbdServer.ListenUnix(_folder.File("v.sock"), exports, TimeProvider.System)
        : NbdServer.ListenLoopback(0, exports, TimeProvider.System);
}
