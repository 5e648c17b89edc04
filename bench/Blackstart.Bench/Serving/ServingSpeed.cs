using System.Diagnostics;
using Blackstart.Bench.Images;
using Blackstart.Bench.Measuring;

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

    public string Name => "serve";

    public string Question => "how fast is a replica's volume read over NBD, against nbdkit serving the merged image?";

    public async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
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
        var program = Environment.GetEnvironmentVariable("BLACKSTART") is { Length: > 0 } named ? named : "./blackstart";
        await ToolProcess.RunAsync(program, ["longhorn", "export", replica, "--to", merged], cancellationToken);
        await output.WriteLineAsync($"  a volume of {Sizes.Gibibytes(size)} with {Sizes.Gibibytes(data)} of data");
        var (ours, peers) = (sockets.In("ours"), sockets.In("nbdkit"));
        using var server = await StartAsync(program, ["longhorn", "serve", replica, "--socket", ours, "--name", "volume"], ours, cancellationToken);
        try
        {
            using var peer = await StartAsync("nbdkit", ["-f", "-r", "-U", peers, "file", $"file={merged}"], peers, cancellationToken);
            try
            {
                var layers = Directory.GetFiles(replica, "*.img");
                var (own, other) = (new Served($"nbd+unix:///volume?socket={ours}", layers), new Served($"nbd+unix:///?socket={peers}", [merged]));
                await CompareAsync(output, scratch, own, other, data, isCold: true, cancellationToken);
                await CompareAsync(output, scratch, own, other, data, isCold: false, cancellationToken);
            }
            finally
            {
                peer.Kill();
                await peer.WaitForExitAsync(CancellationToken.None);
            }
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task CompareAsync(TextWriter output, ScratchFolder scratch, Served own, Served other, long data, bool isCold, CancellationToken cancellationToken)
    {
        var caption = !isCold ? "what is read in memory" : PageCache.IsDroppable ? "caches dropped before each" : "caches not dropped: only root can";
        var table = new Table($"nbdcopy, {caption}", "to", "median", "fastest", "slowest", "data");
        var ratios = new List<(string To, double Ratio)>();
        foreach (var to in new[] { "null", "file" })
        {
            var target = to == "file" ? scratch.In("copy.img") : null;
            var (ours, others) = (new List<TimeSpan>(), new List<TimeSpan>());
            for (var round = 0; round < Rounds; round++)
            {
                // In turn, so that whatever else the machine does falls on both.
                ours.Add(await TimeAsync(own, target, isCold, cancellationToken));
                others.Add(await TimeAsync(other, target, isCold, cancellationToken));
            }

            foreach (var (name, samples) in new[] { ("blackstart longhorn serve", new Samples(ours)), ("nbdkit file, merged image", new Samples(others)) })
            {
                table.Add(name, to, Sizes.Seconds(samples.Median), Sizes.Seconds(samples.Fastest), Sizes.Seconds(samples.Slowest), Sizes.Rate(data, samples.Median));
            }

            ratios.Add((to, new Samples(others).Median / new Samples(ours).Median));
        }

        await output.WriteLineAsync();
        table.Print(output);
        foreach (var (to, ratio) in ratios)
        {
            await output.WriteLineAsync($"  to {to}: {Sizes.Ratio(ratio)} of nbdkit's speed (aim: at least {Sizes.Ratio(Aim)}, {(ratio >= Aim ? "met" : "NOT met")})");
        }
    }

    private static async Task<TimeSpan> TimeAsync(Served served, string? target, bool isCold, CancellationToken cancellationToken)
    {
        await PageCache.SettleAsync(isCold, served.Files, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await ToolProcess.RunAsync("nbdcopy", target is null ? [served.Uri, "null:"] : ["--flush", served.Uri, target], cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (target is not null)
        {
            File.Delete(target);
        }

        return elapsed;
    }

    private static async Task<Process> StartAsync(string program, IReadOnlyList<string> arguments, string socket, CancellationToken cancellationToken)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false }) ?? throw new IOException($"{program} could not be started");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (!File.Exists(socket))
        {
            if (process.HasExited)
            {
                throw new IOException($"{program} ended with {process.ExitCode} before it served");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }

        return process;
    }

    /// <summary>An export.</summary>
    /// <param name="Uri">Where.</param>
    /// <param name="Files">What its server reads.</param>
    private sealed record Served(string Uri, IReadOnlyList<string> Files);
}
