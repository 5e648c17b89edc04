using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Blackstart.Bench.Measuring;

namespace Blackstart.Bench.Scanning;

/// <summary><c>blackstart longhorn scan</c> as a whole process over many replica directories, with everything in the page cache.</summary>
internal sealed partial class ScanSpeed : IBenchmark
{
    private const int Rounds = 5;
    private const int Directories = 10_000;
    private static readonly TimeSpan Aim = TimeSpan.FromSeconds(3);

    public string Name => "scan";

    public string Question => "how long does it take to find, judge and choose among 10,000 replica directories?";

    public async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder();
        await Task.Run(() => ManyReplicas.Write(scratch.Path, Directories, cancellationToken), cancellationToken);
        await ToolProcess.RunAsync("sync", ["-f", scratch.Path], cancellationToken);
        await ScanAsync(scratch.Path, cancellationToken);
        var (times, processor) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var round = 0; round < Rounds; round++)
        {
            var (elapsed, used) = await ScanAsync(scratch.Path, cancellationToken);
            times.Add(elapsed);
            processor.Add(used);
        }

        var table = new Table("whole process, warm", "median", "fastest", "slowest");
        foreach (var (name, samples) in new[] { ("elapsed", new Samples(times)), ("processor time (user and system)", new Samples(processor)) })
        {
            table.Add(name, Sizes.Seconds(samples.Median), Sizes.Seconds(samples.Fastest), Sizes.Seconds(samples.Slowest));
        }

        table.Print(output);
        var median = new Samples(times).Median;
        await output.WriteLineAsync($"  median {Sizes.Seconds(median)} for {Directories.ToString("N0", CultureInfo.InvariantCulture)} directories (aim: under {Sizes.Seconds(Aim)}, {(median < Aim ? "met" : "NOT met")})");
    }

    private static async Task<(TimeSpan Elapsed, TimeSpan Processor)> ScanAsync(string folder, CancellationToken cancellationToken)
    {
        // The shell tells what its children used; its own few milliseconds are in the time as well.
        var program = Environment.GetEnvironmentVariable("BLACKSTART") is { Length: > 0 } named ? named : "./blackstart";
        var start = Stopwatch.GetTimestamp();
        var told = await ToolProcess.RunAsync("/bin/sh", ["-c", "\"$0\" longhorn scan \"$1\" --output json >/dev/null || exit; times", program, folder], cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var parts = Duration().Matches(told.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        var processor = parts.Sum(part => (60 * int.Parse(part.Groups["minutes"].Value, CultureInfo.InvariantCulture)) + double.Parse(part.Groups["seconds"].Value, CultureInfo.InvariantCulture));
        return (elapsed, TimeSpan.FromSeconds(processor));
    }

    [GeneratedRegex(@"(?<minutes>\d+)m(?<seconds>[\d.]+)s", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Duration();
}
