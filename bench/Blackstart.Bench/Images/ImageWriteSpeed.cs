using System.Diagnostics;
using Blackstart.Bench.Measuring;
using Blackstart.Longhorn.Export;

namespace Blackstart.Bench.Images;

/// <summary>
/// Judging, merging, hashing and writing out a volume of five layers, against <c>cp --sparse=always</c> of the image that is already
/// merged, on the same disk, each flushed to it.
/// </summary>
internal sealed class ImageWriteSpeed : IBenchmark
{
    private const int Rounds = 5;
    private const long Size = 2L << 30;
    private const long SmallestSize = 128L << 20;
    private const double Aim = 0.5;

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
        var report = await ExportAsync(replica, merged, cancellationToken);
        var (exports, copies, hashedCopies) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
        for (var round = 0; round < Rounds; round++)
        {
            // In turn, so that whatever else the machine does falls on all of them.
            exports.Add(await TimeAsync(scratch, target => ExportAsync(replica, target, cancellationToken), null, cancellationToken));
            var hashing = TimeSpan.Zero;
            copies.Add(await TimeAsync(scratch, target => CopyAsync(merged, target, cancellationToken), async target => hashing = await HashAsync(target, cancellationToken), cancellationToken));
            hashedCopies.Add(copies[^1] + hashing);
        }

        await CheckDigestAsync(merged, report.Sha256!, cancellationToken);
        await output.WriteLineAsync($"  a volume of {Sizes.Gibibytes(size)} with {Sizes.Gibibytes(data)} of data in {report.Chain.Count} layers, in runs of 64 KiB; caches {(PageCache.IsDroppable ? "dropped before each" : "warm (only root can drop them)")}");
        Print(output, data, new Samples(exports), new Samples(copies), new Samples(hashedCopies));
    }

    private static void Print(TextWriter output, long data, Samples export, Samples copy, Samples hashedCopy)
    {
        var table = new Table("written by", "median", "fastest", "slowest", "data");
        foreach (var (name, samples) in new[] { ("blackstart, merged and hashed", export), ("cp --sparse=always, merged image", copy), ("the same, then sha256sum", hashedCopy) })
        {
            table.Add(name, Sizes.Seconds(samples.Median), Sizes.Seconds(samples.Fastest), Sizes.Seconds(samples.Slowest), Sizes.Rate(data, samples.Median));
        }

        table.Print(output);
        var ratio = copy.Median / export.Median;
        output.WriteLine($"  ratio {Sizes.Ratio(ratio)} of cp's speed (aim: at least {Sizes.Ratio(Aim)}, {(ratio >= Aim ? "met" : "NOT met")}); {Sizes.Ratio(hashedCopy.Median / export.Median)} of cp with sha256sum");
    }

    /// <summary>Replica, merged image and one copy lie on the disk at once; a quarter is left free.</summary>
    private static long SizeFor(long free)
    {
        var size = Size;
        while (size > SmallestSize && size * 2.4 > free)
        {
            size /= 2;
        }

        return size;
    }

    private static async Task<TimeSpan> TimeAsync(ScratchFolder scratch, Func<string, Task> write, Func<string, Task>? afterwards, CancellationToken cancellationToken)
    {
        var target = scratch.In("target.img");
        await PageCache.SettleAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await write(target);
        var elapsed = Stopwatch.GetElapsedTime(started);
        await (afterwards?.Invoke(target) ?? Task.CompletedTask);
        File.Delete(target);
        return elapsed;
    }

    private static async Task<ReplicaExportReport> ExportAsync(string replica, string target, CancellationToken cancellationToken)
    {
        var report = await ReplicaExport.RunAsync(replica, target, judging: null, copying: null, cancellationToken);
        return report.IsWritten ? report : throw new InvalidOperationException($"the replica was refused: {report.Code} {report.Reason}");
    }

    private static async Task CopyAsync(string merged, string target, CancellationToken cancellationToken)
    {
        await ToolProcess.RunAsync("cp", ["--sparse=always", merged, target], cancellationToken);

        // Blackstart's image is on stable storage when it is done, so cp's has to be as well.
        using var file = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    private static async Task<TimeSpan> HashAsync(string target, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await ToolProcess.RunAsync("sha256sum", [target], cancellationToken);
        return Stopwatch.GetElapsedTime(started);
    }

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
