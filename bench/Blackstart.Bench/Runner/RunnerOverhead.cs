using System.Diagnostics;
using System.Globalization;
using Blackstart.Bench.Measuring;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Bench.Runner;

/// <summary>
/// What a step costs that has nothing to do: a plan of 1,000 steps, each asked, cleared, journalled twice, acted and asked again,
/// once with its journal on the disk and once in memory; beside it a bare loop that appends and flushes the same lines.
/// </summary>
internal sealed class RunnerOverhead : IBenchmark
{
    private const int Steps = 1000;
    private const int Rounds = 5;
    private const string Memory = "/dev/shm";

    public string Name => "runner";

    public string Question => $"what does the runner cost a step, on a plan of {Steps.ToString("N0", CultureInfo.InvariantCulture)} steps with nothing to do?";

    public async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        using var disk = new ScratchFolder();
        using var memory = Directory.Exists(Memory) ? new ScratchFolder(Memory) : null;
        var table = new Table("per step", "journal on disk", "journal in memory", "lines alone, on disk", "flushing");
        foreach (var (shape, plan) in new (string, Func<TrivialEstate, Plan>)[] { ("chain", e => e.Chain(Steps)), ("wide", e => e.Wide(Steps)) })
        {
            var (runs, alone, unflushed) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
            for (var round = 0; round <= Rounds; round++)
            {
                var folder = string.Create(CultureInfo.InvariantCulture, $"{shape}-{round}");
                var run = await RunOnceAsync(plan, disk.In(folder), cancellationToken);
                var again = AppendAgain(disk.In(folder));
                var inMemory = memory is null ? run : await RunOnceAsync(plan, memory.In(folder), cancellationToken);

                // The first round compiles.
                if (round > 0)
                {
                    runs.Add(run);
                    alone.Add(again);
                    unflushed.Add(inMemory);
                }
            }

            var total = new Samples(runs).Median;
            var own = new Samples(unflushed).Median;
            table.Add(
                shape,
                PerStep(total),
                memory is null ? "-" : PerStep(own),
                PerStep(new Samples(alone).Median),
                memory is null ? "-" : Sizes.Percent(1 - (own / total)));
        }

        table.Print(output);
        await output.WriteLineAsync($"  median of {Rounds}; 4 steps at once; two flushed lines a step; in memory a flush costs nothing");
    }

    private static string PerStep(TimeSpan run) => Sizes.Milliseconds(run.TotalMilliseconds / Steps);

    private static async Task<TimeSpan> RunOnceAsync(Func<TrivialEstate, Plan> build, string folder, CancellationToken cancellationToken)
    {
        var estate = new TrivialEstate();
        var plan = build(estate);
        using var journal = Journal.Open(folder, TimeProvider.System, out _);
        var started = Stopwatch.GetTimestamp();
        var outcome = await TrivialEstate.Runner().StartAsync("bench", plan, journal, new SilentObserver(), cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        return outcome.Steps.All(s => s.Outcome == StepOutcome.Succeeded)
            ? elapsed
            : throw new InvalidOperationException($"{outcome.Steps.First(s => s.Outcome != StepOutcome.Succeeded).Id} did not succeed");
    }

    /// <summary>The lines of a journal once more, each appended and flushed, and nothing else.</summary>
    private static TimeSpan AppendAgain(string folder)
    {
        var lines = File.ReadAllLines(Path.Combine(folder, Journal.FileName)).Select(l => System.Text.Encoding.UTF8.GetBytes(l + "\n")).ToList();
        using var file = new FileStream(Path.Combine(folder, "again.jsonl"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        var started = Stopwatch.GetTimestamp();
        foreach (var line in lines)
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
