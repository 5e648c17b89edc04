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
    private const string Volume = "documents";

    // Its workload will never be ready: the volume is empty by then.
    private static readonly TimeSpan NaivePatience = TimeSpan.FromSeconds(15);

    public static Drill Create(LabOutage outage, RecoveryPlanner planner, EnvironmentCatalog catalog) => new(
        "rename-trap",
        "The same outage, but one volume is 'recovered' by renaming its orphaned directory: shows that this loses the data.",
        (estate, environment) =>
        {
            var steps = planner.RecoverySteps(estate, environment);
            var volumeSteps = steps.Where(s => s.Id.StartsWith($"longhorn/{Volume}/", StringComparison.Ordinal)).ToList();
            var rename = Rename(outage.Host.Layout, environment, catalog) with { Component = volumeSteps[0].Component, DependsOn = volumeSteps[0].DependsOn };
            return new DrillSteps(
                outage.Undo(catalog.Of(environment), $"Only one of three orphaned replicas of {Volume} is touched; cleanup brings the volume back from the other two.", "blackstart resume RUN"),
                outage.Steps(environment))
            {
                InsteadOfRecovery = [.. steps.Except(volumeSteps).Select(s => s with { Timeout = s.Id == $"{Volume}/start" ? NaivePatience : s.Timeout, DependsOn = [.. s.DependsOn.Select(d => d.StartsWith($"longhorn/{Volume}/", StringComparison.Ordinal) ? rename.Id : d)] }), rename],
                Cleanup = [.. Cleanup(steps, volumeSteps, planner, estate, environment)],
            };
        });

    private static Step Rename(LabLayout layout, EstateEnvironment environment, EnvironmentCatalog catalog)
    {
        var node = LabLayout.NodeNames[0];
        var trap = new RenamedOrphan(layout, environment, catalog, Volume, node);
        return new Step($"longhorn/{Volume}/rename", $"Rename the orphaned replica of {Volume} on {node} to the name of the new one", new Probe("renamed", "the orphan has the new replica's name", (context, _) => Task.FromResult(
            context.Facts.Find(RenamedOrphan.Fact) is { } fact ? ProbeAnswer.Yes($"{fact}") : ProbeAnswer.No("not renamed yet"))))
        {
            Effect = Effect.Destroy,
            Targets = [Target.Machine(node)],
            Action = trap.RenameAsync,
        };
    }

    /// <summary>The volume's proper steps, once the workload that holds it is stopped again, and the proof that its data is back.</summary>
    private static IEnumerable<Step> Cleanup(IReadOnlyList<Step> steps, List<Step> volumeSteps, RecoveryPlanner planner, Estate estate, EstateEnvironment environment)
    {
        var start = steps.First(s => s.Id == $"{Volume}/start");
        var stop = steps.First(s => s.Id == "longhorn/quiesce");
        foreach (var step in (Step[])[stop, .. volumeSteps, .. steps.Where(s => IsStarted(s, estate))])
        {
            yield return step with { Id = $"cleanup/{step.Id}", UndoneBy = step.UndoneBy is { } undoer && IsCleanedUp(undoer, steps, volumeSteps, estate) ? $"cleanup/{undoer}" : null, DependsOn = [.. step.DependsOn.Where(d => IsCleanedUp(d, steps, volumeSteps, estate)).Select(d => $"cleanup/{d}")] };
        }

        foreach (var proof in planner.VerificationSteps(estate, environment, [start]).Where(s => s.Component == Volume))
        {
            yield return proof with { Id = $"cleanup/{proof.Id}", DependsOn = [$"cleanup/{start.Id}"] };
        }
    }

    private static bool IsStarted(Step step, Estate estate) =>
        step.Component is { } name && step.Component != "longhorn" && new ComponentScope(estate, estate.Production, estate.FindComponent("longhorn")!).Dependents().Any(d => d.Name == name);

    private static bool IsCleanedUp(string id, IReadOnlyList<Step> steps, List<Step> volumeSteps, Estate estate) =>
        id == "longhorn/quiesce" || volumeSteps.Exists(s => s.Id == id) || steps.Any(s => s.Id == id && IsStarted(s, estate));
}
