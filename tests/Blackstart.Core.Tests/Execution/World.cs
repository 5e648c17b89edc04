using System.Collections.Concurrent;
using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Tests.Execution;

/// <summary>A world in which a step's effect is that its id is there; it outlives the process that acts on it.</summary>
internal sealed class World : IRunObserver
{
    public ConcurrentDictionary<string, int> Done { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Violations { get; } = new();

    public static Boundary OpenBoundary { get; } = new(
        [new BoundaryEnvironment("lab", IsProduction: false, new RecordedIdentities(new Dictionary<string, string>(StringComparer.Ordinal) { ["kubernetes"] = "uid" }))],
        new FixedIdentity("uid"),
        TimeProvider.System);

    public static Runner NewRunner(int parallelism = 4) =>
        new(OpenBoundary, TimeProvider.System, new RunnerOptions { Parallelism = parallelism, FirstPoll = TimeSpan.FromMilliseconds(1), LongestPoll = TimeSpan.FromMilliseconds(5) });

    public Plan Plan(params IEnumerable<(string Id, string[] DependsOn)> steps) =>
        new("test", Purpose.Drill, "lab", steps.Select(s => Step(s.Id, s.DependsOn)));

    public Step Step(string id, params string[] dependsOn) => new(id, $"do {id}", Holds(id))
    {
        DependsOn = dependsOn,
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        Timeout = TimeSpan.FromSeconds(5),
        Action = (_, _) =>
        {
            foreach (var missing in dependsOn.Where(d => !Done.ContainsKey(d)))
            {
                Violations.Enqueue($"{id} acted before {missing}");
            }

            Done.AddOrUpdate(id, 1, (_, n) => n + 1);
            return Task.CompletedTask;
        },
    };

    public Probe Holds(string id) => new(id, $"{id} is there", (_, _) => Task.FromResult(Done.ContainsKey(id) ? ProbeAnswer.Yes("there") : ProbeAnswer.No("not there")));

    public void StepStarted(Step step, DateTimeOffset at)
    {
    }

    public void ActionStarted(Step step)
    {
    }

    public void StepWaits(Step step, ProbeAnswer answer)
    {
    }

    public void StepProgressed(Step step, StepProgress progress)
    {
    }

    public void StepEnded(Step step, StepRecord record)
    {
    }
}
