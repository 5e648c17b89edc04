using System.Diagnostics;
using Blackstart.Bench.Images;
using Blackstart.Bench.Measuring;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Serving;

namespace Blackstart.Bench.Serving;

/// <summary>
/// <c>nbdcopy</c> of a volume that is merged while it is read, against <c>nbdcopy</c> from <c>nbdkit file</c> over the image that is merged
/// already: to nowhere, and to a file that is flushed.
/// </summary>
internal sealed class ServingSpeed : IBenchmark
{
    private const int Rounds = 5;
    private const long Size = 4L << 30;
    private const long SmallestSize = 128L << 20;
    private const double Aim = 0.7;
    private const int Threads = 24;

    public string Name => "serve";

    public string Question => "how fast is a replica's volume read over NBD, against nbdkit serving the merged image?";

    public async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        ThreadPool.SetMinThreads(Threads, Threads);
        using var scratch = new ScratchFolder();
        using var sockets = new ScratchFolder(Path.GetTempPath());
        var size = Size;
        while (size > SmallestSize && size * 2.4 > scratch.Free)
        {
            size /= 2;
        }

        var replica = scratch.In("bench-00c0ffee");
        var data = await Task.Run(() => SyntheticReplica.Write(replica, size, cancellationToken), cancellationToken);
        var merged = scratch.In("merged.img");
        var report = await ReplicaExport.RunAsync(replica, merged, new ExportOptions(), cancellationToken);
        if (!report.IsWritten)
        {
            throw new InvalidOperationException($"the replica was refused: {report.Code} {report.Reason}");
        }

        await output.WriteLineAsync($"  a volume of {Sizes.Gibibytes(size)} with {Sizes.Gibibytes(data)} of data; caches {(PageCache.IsDroppable ? "dropped before each" : "warm (only root can drop them)")}");
        await using var server = await ReplicaServer.StartAsync(replica, new ServeOptions { SocketPath = sockets.In("ours") }, null, TimeProvider.System, cancellationToken);
        using var peer = await StartPeerAsync(sockets.In("nbdkit"), merged, cancellationToken);
        try
        {
            await CompareAsync(output, scratch, server.Uri.OriginalString, $"nbd+unix:///?socket={sockets.In("nbdkit")}", data, cancellationToken);
        }
        finally
        {
            peer.Kill();
            await peer.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task CompareAsync(TextWriter output, ScratchFolder scratch, string ours, string peer, long data, CancellationToken cancellationToken)
    {
        var table = new Table("nbdcopy from", "to", "median", "fastest", "slowest", "data");
        var ratios = new List<(string To, double Ratio)>();
        foreach (var toFile in new[] { false, true })
        {
            var (own, others) = (new List<TimeSpan>(), new List<TimeSpan>());
            for (var round = 0; round < Rounds; round++)
            {
                // In turn, so that whatever else the machine does falls on both.
                own.Add(await TimeAsync(ours, toFile ? scratch.In("copy.img") : null, cancellationToken));
                others.Add(await TimeAsync(peer, toFile ? scratch.In("copy.img") : null, cancellationToken));
            }

            var to = toFile ? "file" : "null";
            foreach (var (name, samples) in new[] { ("blackstart longhorn serve", new Samples(own)), ("nbdkit file, merged image", new Samples(others)) })
            {
                table.Add(name, to, Sizes.Seconds(samples.Median), Sizes.Seconds(samples.Fastest), Sizes.Seconds(samples.Slowest), Sizes.Rate(data, samples.Median));
            }

            ratios.Add((to, new Samples(others).Median / new Samples(own).Median));
        }

        table.Print(output);
        foreach (var (to, ratio) in ratios)
        {
            await output.WriteLineAsync($"  to {to}: {Sizes.Ratio(ratio)} of nbdkit's speed (aim: at least {Sizes.Ratio(Aim)}, {(ratio >= Aim ? "met" : "NOT met")})");
        }
    }

    private static async Task<TimeSpan> TimeAsync(string uri, string? target, CancellationToken cancellationToken)
    {
        await PageCache.SettleAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await ToolProcess.RunAsync("nbdcopy", target is null ? [uri, "null:"] : ["--flush", uri, target], cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (target is not null)
        {
            File.Delete(target);
        }

        return elapsed;
    }

    private static async Task<Process> StartPeerAsync(string socket, string image, CancellationToken cancellationToken)
    {
        var process = Process.Start(new ProcessStartInfo("nbdkit", ["-f", "-r", "-U", socket, "file", $"file={image}"])) ?? throw new IOException("nbdkit could not be started");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (!File.Exists(socket))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }

        return process;
    }
}
