using System.Collections.Concurrent;
using System.Globalization;
using Blackstart.Fuzz.Mutating;
using Blackstart.Fuzz.Trying;

namespace Blackstart.Fuzz;

/// <summary>Damages small replicas in every way it can think of and opens, reads and scans them, until the time is up.</summary>
internal static class FuzzRun
{
    private static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(10);

    internal static FuzzReport Run(FuzzOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var failures = new ConcurrentQueue<FuzzFailure>();
        var codes = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var (next, tried, refused, unreadable, slowest) = (options.First - 1, 0L, 0L, 0L, 0L);
        var workers = (int)Math.Min(Environment.ProcessorCount, options.Inputs);
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            using var replica = new FuzzedReplica(Path.Combine(options.Scratch, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{options.Seed}-{worker}")));
            while (!cancellationToken.IsCancellationRequested && clock.GetElapsedTime(started) < options.Time && failures.Count < options.MostFailures)
            {
                var input = Interlocked.Increment(ref next);
                if (input - options.First >= options.Inputs)
                {
                    return;
                }

                var random = new Random(Mix(options.Seed, input));
                var before = clock.GetTimestamp();
                var outcome = TryOne(replica, random);
                var took = clock.GetElapsedTime(before);
                var wrong = outcome.Wrong ?? (took > LongestInput ? $"It took {took.TotalSeconds:F1} s" : null);
                if (wrong is not null)
                {
                    failures.Enqueue(new FuzzFailure(input, wrong, replica.Keep(Path.Combine(options.Keep, string.Create(CultureInfo.InvariantCulture, $"{options.Seed}-{input}")), wrong)));
                }

                replica.Restore();
                Interlocked.Increment(ref tried);
                if (outcome.Code is { } code)
                {
                    Interlocked.Increment(ref outcome.IsRefused ? ref refused : ref unreadable);
                    codes.AddOrUpdate(code, 1, static (_, count) => count + 1);
                }

                for (var seen = Interlocked.Read(ref slowest); took.Ticks > seen && Interlocked.CompareExchange(ref slowest, took.Ticks, seen) != seen;)
                {
                    seen = Interlocked.Read(ref slowest);
                }
            }
        });
        return new FuzzReport(tried, refused, unreadable, clock.GetElapsedTime(started).TotalSeconds, TimeSpan.FromTicks(slowest).TotalMilliseconds, codes, [.. failures]);
    }

    private static FuzzOutcome TryOne(FuzzedReplica replica, Random random)
    {
        for (var i = random.Next(3) == 0 ? random.Next(1, 4) : 1; i > 0; i--)
        {
            replica.Damage(random);
        }

        var before = replica.Record();
        var outcome = ReplicaTrial.Run(replica, random);
        return outcome.Wrong is null && replica.Record() is var after && !string.Equals(before, after, StringComparison.Ordinal)
            ? outcome with { Wrong = $"The source changed.\nbefore:\n{before}\nafter:\n{after}" }
            : outcome;
    }

    /// <summary>The same on every machine and in every process, unlike <see cref="HashCode"/> (splitmix64).</summary>
    private static int Mix(int seed, long input)
    {
        var mixed = ((ulong)(uint)seed << 32) + ((ulong)input * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)(mixed ^ (mixed >> 31));
    }
}
