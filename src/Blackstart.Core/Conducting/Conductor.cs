using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Evidence;
using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Core.Verdicts;

namespace Blackstart.Core.Conducting;

/// <summary>Builds plans for an estate, has them run, and sees to it that every ending is judged, written to the journal and sealed.</summary>
public sealed class Conductor(
    Estate estate,
    ComponentTypes types,
    IReadOnlyList<Drill> drills,
    Boundary boundary,
    RunStore runs,
    EvidenceStore evidence,
    TimeProvider time,
    RunnerOptions options,
    RunOptions? asked = null)
{
    private readonly RecoveryPlanner _recovery = new(types);

    /// <summary>The plan that brings an environment back.</summary>
    public Plan PlanRecovery(EstateEnvironment environment) => _recovery.Build(estate, environment, asked);

    /// <summary>The plan of a drill.</summary>
    /// <exception cref="BlackstartException"><c>BS3010</c>: there is no such drill.</exception>
    public Plan PlanDrill(string name, EstateEnvironment environment) => new DrillPlanner(_recovery).Build(FindDrill(name), estate, environment);

    /// <summary>Whether a drill can start: it is no drill on production, and what it needs is up.</summary>
    /// <exception cref="BlackstartException"><c>BS2002</c>; <c>BS3010</c>; whatever the drill itself demands.</exception>
    public Task CheckDrillAsync(string name, EstateEnvironment environment, CancellationToken cancellationToken) => environment.Role == EnvironmentRole.Production
        ? throw Boundary.OnProduction($"running the drill '{name}'", environment.Name)
        : FindDrill(name).CheckAsync(cancellationToken);

    private Drill FindDrill(string name) => drills.FirstOrDefault(d => string.Equals(d.Name, name, StringComparison.Ordinal)) ?? throw new BlackstartException(
            "BS3010",
            ExitCode.InvalidInput,
            $"looking for the drill '{name}'",
            $"there is none of that name; there are {string.Join(", ", drills.Select(d => d.Name))}",
            "`blackstart drill list` says what each does");

    /// <summary>Runs a plan.</summary>
    /// <exception cref="BlackstartException"><c>BS3009</c> the journal cannot be written; <c>BS3011</c> another run has the environment.</exception>
    public async Task<RunReport> StartAsync(Plan plan, IRunObserver observer, CancellationToken cancellationToken)
    {
        using var hold = runs.Hold(plan.Environment);
        var (run, folder) = runs.Create(plan.Name);
        hold.For(run);
        using var journal = Journal.Open(folder, time, out _);
        var outcome = await Runner().StartAsync(run, plan, journal, observer, cancellationToken);
        return await EndAsync(plan, outcome, journal, ending: 1);
    }

    /// <summary>
    /// Goes on with a run that was killed, stopped, or ended without success. One that recovered, and one that no resuming can change, is only
    /// shown again.
    /// </summary>
    /// <exception cref="BlackstartException"><c>BS3003</c>–<c>BS3006</c>, <c>BS3009</c>, <c>BS3011</c>, <c>BS3012</c>.</exception>
    public async Task<RunReport> ResumeAsync(string run, IRunObserver observer, CancellationToken cancellationToken)
    {
        using var journal = Journal.Open(runs.FolderOf(run), time, out var entries);
        var history = RunHistory.Of(entries);
        if (history.Result is { } result)
        {
            // What a kill or a full disk left unsealed is sealed now; a recovery does not wait for that.
            var report = history.Evidence is { } place ? new RunReport(result, place) : await SealAsync(run, result, history.Endings, journal);
            if (history.State == nameof(Verdict.Recovered) || result["resumable"]?.GetValue<bool>() == false)
            {
                return report;
            }
        }

        var plan = Rebuild(history);
        using var hold = runs.Hold(plan.Environment);
        hold.For(run);
        RefuseOvertaken(history, plan.Environment);
        var outcome = await Runner().ResumeAsync(history, plan, journal, observer, cancellationToken);
        return await EndAsync(plan, outcome, journal, history.Endings + 1);
    }

    /// <summary>The plan of a run, built anew from the estate.</summary>
    /// <exception cref="BlackstartException"><c>BS3006</c>: the estate no longer has the run's environment or drill.</exception>
    public Plan Rebuild(RunHistory history)
    {
        var name = history.Plan["environment"]?.GetValue<string>() ?? "";
        var environment = estate.FindEnvironment(name) ?? throw new BlackstartException(
            "BS3006",
            ExitCode.InvalidInput,
            $"resuming {history.Run}",
            $"its environment '{name}' is no longer in {estate.SourcePath}",
            "Put the estate back as it was, or name it with --config");
        return history.Plan["purpose"]?.GetValue<string>() == Words.Of(Purpose.Drill)
            ? PlanDrill(history.Plan["plan"]!.GetValue<string>(), environment)
            : PlanRecovery(environment);
    }

    /// <summary>What a run knows of an environment holds only until another run has been there: it might write over newer data.</summary>
    private void RefuseOvertaken(RunHistory history, string environment)
    {
        var newer = runs.List()
            .SkipWhile(r => !string.Equals(r, history.Run, StringComparison.Ordinal))
            .Skip(1)
            .LastOrDefault(r => string.Equals(runs.Read(r).Plan["environment"]?.GetValue<string>(), environment, StringComparison.Ordinal));
        if (newer is not null)
        {
            throw new BlackstartException(
                "BS3012",
                ExitCode.InvalidInput,
                $"resuming {history.Run}",
                $"{newer} has been at work on '{environment}' since, so what the older run knows of it no longer holds",
                $"Resume {newer}, or start anew with `blackstart recover --environment {environment}`");
        }
    }

    private Runner Runner() => new(boundary, time, options);

    private async Task<RunReport> EndAsync(Plan plan, RunOutcome outcome, Journal journal, int ending)
    {
        var measurement = Measure.Of(plan, outcome, estate.Objectives);
        var result = RunResult.Of(plan, outcome, measurement, Judge.Of(plan, outcome, measurement));
        journal.Append(JournalKinds.RunEnded, new JsonObject { ["result"] = result.DeepClone() });
        return await SealAsync(outcome.Run, result, ending, journal);
    }

    /// <summary>Seals an ending. Never cancelled: a run that was stopped is evidence too. A failure takes nothing from the result.</summary>
    private async Task<RunReport> SealAsync(string run, JsonObject result, int ending, Journal journal)
    {
        var name = ending == 1 ? run : $"{run}.{ending}";
        try
        {
            var document = await evidence.SealAsync(name, result, time.GetUtcNow(), CancellationToken.None);
            journal.Append(JournalKinds.EvidenceSealed, new JsonObject { ["path"] = document.Path, ["sha256"] = document.Sha256 });
            return new RunReport(result, new SealedResult(document.Path, document.Sha256));
        }
        catch (BlackstartException e)
        {
            return new RunReport(result, Evidence: null) { SealingFailure = e };
        }
    }
}
