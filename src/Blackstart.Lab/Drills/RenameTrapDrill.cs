using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Lab.Hosting;
using Blackstart.Systems.Environments;

namespace Blackstart.Lab.Drills;

/// <summary>
/// What the runbook of April warns of: everything is brought back as it should be, but the volume <c>documents</c> by renaming its
/// orphaned directory to the name of the new, empty replica. Longhorn finds that replica dirty beside clean, empty ones and rebuilds it
/// from them: the data in it is gone. The verdict says so; afterwards the volume is brought back from the other two orphans.
/// </summary>
internal static class RenameTrapDrill
{
    private const string Longhorn = "longhorn";
    private const string Volume = "documents";

    // Its workload will never be ready: the volume is empty by then.
    private static readonly TimeSpan NaivePatience = TimeSpan.FromSeconds(5);

    public static Drill Create(LabOutage outage, RecoveryPlanner planner, EnvironmentCatalog catalog) => new(
        "rename-trap",
        "The same outage, but one volume is 'recovered' by renaming its orphaned directory: shows that this loses the data.",
        (estate, environment) =>
        {
            var steps = planner.RecoverySteps(estate, environment);
            var volumeSteps = steps.Where(s => s.Id.StartsWith($"{Longhorn}/{Volume}/", StringComparison.Ordinal)).ToList();
            var rename = Rename(outage.Host.Layout, environment, catalog) with { Component = volumeSteps[0].Component, DependsOn = volumeSteps[0].DependsOn };
            return new DrillSteps(
                outage.Undo(catalog.Of(environment), $"Only one of three orphaned replicas of {Volume} is touched; cleanup brings the volume back from the other two.", "blackstart resume RUN"),
                outage.Steps(environment))
            {
                InsteadOfRecovery = [.. steps.Except(volumeSteps).Select(s => s with { Timeout = s.Id == $"{Volume}/start" ? NaivePatience : s.Timeout, DependsOn = [.. s.DependsOn.Select(d => d.StartsWith($"{Longhorn}/{Volume}/", StringComparison.Ordinal) ? rename.Id : d)] }), rename],
                Cleanup = [.. Cleanup(planner, estate, environment)],
            };
        });

    private static Step Rename(LabLayout layout, EstateEnvironment environment, EnvironmentCatalog catalog)
    {
        var node = LabLayout.NodeNames[0];
        var trap = new RenamedOrphan(layout, environment, catalog, Volume, node);
        return new Step($"{Longhorn}/{Volume}/rename", $"Rename the orphaned replica of {Volume} on {node} to the name of the new one", new Probe("renamed", "the orphan has the new replica's name", (context, _) => Task.FromResult(
            context.Facts.Find(RenamedOrphan.Fact) is { } fact ? ProbeAnswer.Yes($"{fact}") : ProbeAnswer.No("not renamed yet"))))
        {
            Effect = Effect.Destroy,
            Targets = [Target.Machine(node)],
            Action = trap.RenameAsync,
        };
    }

    /// <summary>
    /// The volume's proper steps, once the workload that holds it is stopped again, and the proof that its data is back. They are planned
    /// anew: what the first ones saw on the disks was before the renaming.
    /// </summary>
    private static IEnumerable<Step> Cleanup(RecoveryPlanner planner, Estate estate, EstateEnvironment environment)
    {
        var all = planner.RecoverySteps(estate, environment);
        var kept = all.Where(s => IsCleanedUp(s, estate)).ToDictionary(s => s.Id, StringComparer.Ordinal);
        foreach (var step in kept.Values)
        {
            yield return step with
            {
                Id = $"cleanup/{step.Id}",
                UndoneBy = step.UndoneBy is { } undoer && kept.ContainsKey(undoer) ? $"cleanup/{undoer}" : null,
                DependsOn = [.. step.DependsOn.Where(kept.ContainsKey).Select(d => $"cleanup/{d}")],
            };
        }

        var start = kept[$"{Volume}/start"];
        foreach (var proof in planner.VerificationSteps(estate, environment, [start]).Where(s => s.Component == Volume))
        {
            yield return proof with { Id = $"cleanup/{proof.Id}", DependsOn = [$"cleanup/{start.Id}"] };
        }
    }

    /// <summary>Longhorn's own steps and this volume's, not those of the volumes that are back; and what depends on Longhorn.</summary>
    private static bool IsCleanedUp(Step step, Estate estate) => step.Component == Longhorn
        ? step.Id.StartsWith($"{Longhorn}/{Volume}/", StringComparison.Ordinal) || step.Id.Count(c => c == '/') == 1
        : step.Component is { } name && new ComponentScope(estate, estate.Production, estate.FindComponent(Longhorn)!).Dependents().Any(d => d.Name == name);
}
