using System.Collections.Concurrent;
using System.Globalization;
using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Bench.Runner;

/// <summary>An estate in which a step is done as soon as it was told to: everything left to measure is the runner's.</summary>
internal sealed class TrivialEstate : IIdentitySource
{
    private readonly ConcurrentDictionary<string, bool> _done = new(StringComparer.Ordinal);

    public static Core.Execution.Runner Runner() => new(
        new Boundary(
            [new BoundaryEnvironment("bench", IsProduction: false, new RecordedIdentities(new Dictionary<string, string>(StringComparer.Ordinal) { ["kubernetes"] = "bench" }))],
            new TrivialEstate(),
            TimeProvider.System),
        TimeProvider.System,
        new RunnerOptions());

    /// <summary>Each step waits for the one before.</summary>
    public Plan Chain(int steps) => Plan(Enumerable.Range(0, steps).Select(n => Step(n, n == 0 ? [] : [Id(n - 1)])));

    /// <summary>No step waits for another.</summary>
    public Plan Wide(int steps) => Plan(Enumerable.Range(0, steps).Select(n => Step(n, [])));

    public Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken) => Task.FromResult<string?>("bench");

    private static Plan Plan(IEnumerable<Step> steps) => new("bench", Purpose.Recover, "bench", steps);

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"step-{number}");

    private Step Step(int number, IReadOnlyList<string> dependsOn)
    {
        var id = Id(number);
        return new Step(id, $"Do {id}", new Probe(id, $"{id} is done", (_, _) => Task.FromResult(_done.ContainsKey(id) ? ProbeAnswer.Yes("it is done") : ProbeAnswer.No("not yet"))))
        {
            DependsOn = dependsOn,
            Effect = Effect.Change,
            Targets = [Target.Kubernetes],
            Action = (_, _) =>
            {
                _done[id] = true;
                return Task.CompletedTask;
            },
        };
    }
}
