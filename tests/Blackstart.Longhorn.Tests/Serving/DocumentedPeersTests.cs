using Blackstart.Longhorn.Serving;
using Blackstart.Longhorn.Tests.Nbd;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Serving;

/// <summary>The peers' commands of docs/reference/longhorn-serve.md, run as they are written there, on another volume; mounting is left out.</summary>
public sealed class DocumentedPeersTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ScratchFolder _sockets = new();

    public void Dispose()
    {
        _folder.Dispose();
        _sockets.Dispose();
    }

    [Fact]
    public async Task The_documented_ways_of_copying_and_of_an_overlay_work()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(1, 1)], [(9, 2)]);
        var options = new ServeOptions { SocketPath = _sockets.File("s"), ExportName = "pvc-0c1d2e3f" };
        await using var server = await ReplicaServer.StartAsync(replica.Path, options, null, TimeProvider.System, TestContext.Current.CancellationToken);
        var run = 0;
        foreach (var line in await CommandsAsync("nbdinfo", "nbdcopy", "qemu-img"))
        {
            var here = line.Replace("/run/salvage.sock", _sockets.File("s"), StringComparison.Ordinal);
            var (exit, _, error) = await Peer.RunAsync("/bin/sh", "-c", $"cd '{_folder.Path}' && {here}");
            exit.ShouldBe(0, $"{line}: {error}");
            run++;
        }

        run.ShouldBe(4);
        (await Tool.RunAsync("qemu-img", "compare", "-f", "qcow2", "-F", "raw", _folder["volume.qcow2"], _folder["volume.img"])).ShouldContain("identical");
        (await Tool.RunAsync("qemu-img", "compare", "-f", "qcow2", "-F", "raw", _folder["overlay.qcow2"], _folder["volume.img"])).ShouldContain("identical");
    }

    private static async Task<IEnumerable<string>> CommandsAsync(params string[] tools)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Blackstart.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        var page = await File.ReadAllLinesAsync(Path.Combine(folder, "docs", "reference", "longhorn-serve.md"), TestContext.Current.CancellationToken);
        return page.Where(line => tools.Any(tool => line.StartsWith(tool + " ", StringComparison.Ordinal)));
    }
}
