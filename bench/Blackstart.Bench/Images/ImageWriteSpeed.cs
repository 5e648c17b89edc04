using System.Diagnostics;
using System.Text.Json.Nodes;
using Blackstart.Bench.Measuring;

namespace Blackstart.Bench.Images;

/// <summary>
/// Judging, merging, hashing and writing out a volume of five layers in about 76,000 runs, against copying the image that is already merged with
/// <c>cp --sparse=always</c>, <c>dd</c> and <c>qemu-img convert</c>: whole processes, on the same disk, in turn, each flushed to it within the time.
/// </summary>
internal sealed class ImageWriteSpeed : IBenchmark
{
    private const int Rounds = 5;
    private const long Size = 4L << 30;

    /// <summary>On a busy machine there are fewer rounds than five, and the table says so.</summary>
    private const int LeastRounds = 3;
    private const long SmallestSize = 128L << 20;

    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(3);

    public string Name => "image";

    public string Question => "how fast is a replica's volume written out as an image, against copying the merged image?";

    public async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder();
        var size = SizeFor(scratch.Free);
        if (size < Size)
        {
            await output.WriteLineAsync($"  {Sizes.Gibibytes(scratch.Free)} free: the volume is {Sizes.Gibibytes(size)} rather than {Sizes.Gibibytes(Size)}");
        }

        var replica = scratch.In("bench-00c0ffee");
        var data = await Task.Run(() => SyntheticReplica.Write(replica, size, cancellationToken), cancellationToken);
        var merged = scratch.In("merged.img");
        var told = await ExportAsync(replica, merged, "sha256", cancellationToken);
        await CheckDigestAsync(merged, (string)told["sha256"]!, cancellationToken);
        var contenders = await ContendersAsync(replica, merged, cancellationToken);
        await output.WriteLineAsync($"  a volume of {Sizes.Gibibytes(size)} with {Sizes.Gibibytes(data)} of data in {told["chain"]!.AsArray().Count} layers, in runs of up to 32 KiB; MiB of volume per second");
        var caption = PageCache.IsDroppable ? "caches dropped before each" : "caches not dropped: only root can";
        await RunAsync(scratch, contenders, isCold: true, cancellationToken);
        Print(output, size, contenders, caption, contender => contender.Cold, contender => contender.Aim.Cold);

        var warm = contenders.Where(c => c.Warms.Count > 0).ToList();
        await RunAsync(scratch, warm, isCold: false, cancellationToken);
        Print(output, size, warm, "what is read in memory", contender => contender.Warm, contender => contender.Aim.Warm);
    }

    private static async Task RunAsync(ScratchFolder scratch, List<Contender> contenders, bool isCold, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < Rounds && (round < LeastRounds || Stopwatch.GetElapsedTime(started) < LongEnough); round++)
        {
            // In turn, so that whatever else the machine does falls on all of them.
            foreach (var contender in contenders)
            {
                await PageCache.SettleAsync(isCold, contender.Warms, cancellationToken);
                (isCold ? contender.Cold : contender.Warm).Add(await TimeAsync(scratch, contender, cancellationToken));
            }
        }
    }

    private static async Task<List<Contender>> ContendersAsync(string replica, string merged, CancellationToken cancellationToken)
    {
        Func<string, Task> export(string digest) => target => ExportAsync(replica, target, digest, cancellationToken);
        Func<string, Task> tool(string program, Func<string, IReadOnlyList<string>> arguments) => async target =>
        {
            await ToolProcess.RunAsync(program, arguments(target), cancellationToken);

            // Blackstart's image is on stable storage when it is done, so the others' have to be as well.
            await ToolProcess.RunAsync("sync", [target], cancellationToken);
        };
        var layers = Directory.GetFiles(replica, "*.img");
        List<Contender> contenders =
        [
            new("cp --sparse=always, merged image", (null, null), [merged], tool("cp", target => ["--sparse=always", merged, target])),
            new("blackstart, merged, sha256", (0.8, null), layers, export("sha256")),
            new("dd bs=4M, merged image", (null, null), [], tool("dd", target => [$"if={merged}", $"of={target}", "bs=4M", "status=none"])),
            new("blackstart, merged, no digest", (0.9, 1.0), layers, export("none")),
            new("blackstart, merged, extents", (null, null), [], export("extents")),
        ];
        if (await HasQemuAsync(cancellationToken))
        {
            contenders.Insert(3, new("qemu-img convert, merged image", (null, null), [], tool("qemu-img", target => ["convert", "-f", "raw", "-O", "raw", merged, target])));
        }

        return contenders;
    }

    private static async Task<bool> HasQemuAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ToolProcess.RunAsync("qemu-img", ["--version"], cancellationToken);
            return true;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return false;
        }
    }

    private static void Print(TextWriter output, long size, List<Contender> contenders, string caption, Func<Contender, List<TimeSpan>> times, Func<Contender, double?> aim)
    {
        output.WriteLine();
        var table = new Table($"{caption}, {times(contenders[0]).Count} rounds", "median", "fastest", "slowest", "speed", "of cp's", "aim");
        var copy = new Samples(times(contenders[0])).Median;
        foreach (var contender in contenders)
        {
            var samples = new Samples(times(contender));
            var ratio = copy / samples.Median;
            table.Add(
                contender.Name,
                Sizes.Seconds(samples.Median),
                Sizes.Seconds(samples.Fastest),
                Sizes.Seconds(samples.Slowest),
                Sizes.Rate(size, samples.Median),
                Sizes.Ratio(ratio),
                aim(contender) is { } least ? $"{Sizes.Ratio(least)} {(ratio >= least ? "met" : "NOT met")}" : "");
        }

        table.Print(output);
    }

    /// <summary>Replica, merged image and one copy lie on the disk at once, dd's with its holes filled; a quarter is left free.</summary>
    private static long SizeFor(long free)
    {
        var size = Size;
        while (size > SmallestSize && size * 2.8 > free)
        {
            size /= 2;
        }

        return size;
    }

    private static async Task<TimeSpan> TimeAsync(ScratchFolder scratch, Contender contender, CancellationToken cancellationToken)
    {
        var target = scratch.In("target.img");
        var started = Stopwatch.GetTimestamp();
        await contender.WriteAsync(target);
        var elapsed = Stopwatch.GetElapsedTime(started);
        File.Delete(target);
        return elapsed;
    }

    private static async Task<JsonNode> ExportAsync(string replica, string target, string digest, CancellationToken cancellationToken) => JsonNode.Parse(
        await ToolProcess.RunAsync(Program(), ["longhorn", "export", replica, "--to", target, "--digest", digest, "--output", "json"], cancellationToken))!;

    /// <summary>The program as a user starts it.</summary>
    private static string Program() => Environment.GetEnvironmentVariable("BLACKSTART") is { Length: > 0 } named ? named : "./blackstart";

    /// <summary>A fast image that is wrong would be no result.</summary>
    private static async Task CheckDigestAsync(string image, string digest, CancellationToken cancellationToken)
    {
        var text = await ToolProcess.RunAsync("sha256sum", [image], cancellationToken);
        if (!text.StartsWith(digest, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"sha256sum says {text[..64]}, the export said {digest}");
        }
    }
}
