using Blackstart.Core.Errors;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Verdicts;

/// <summary>Reads the verdict off what the steps of a run came to. Nothing is judged that was not broken first; then a negative finding weighs more than an unknown one, and both more than a pass.</summary>
public static class Judge
{
    /// <summary>The verdict of a run.</summary>
    public static Judgement Of(Plan plan, RunOutcome outcome, Measurement measurement)
    {
        var failures = outcome.Steps.Where(s => !s.IsDone).ToList();
        if (failures.Find(s => s.Outcome == StepOutcome.Refused) is { } refused)
        {
            return new Judgement(Verdict.Aborted, $"the boundary refused {refused.Id}: {refused.Gate.Reason}", ExitCode.Refused);
        }

        if (outcome.Interrupted)
        {
            return new Judgement(Verdict.Aborted, "the run was stopped before its end; resume it", ExitCode.Interrupted);
        }

        return Unknown(plan, failures, [Stage.SteadyState, Stage.Undo, Stage.Fault])
            ?? Negative(plan, failures, measurement)
            ?? Unknown(plan, failures, [Stage.Detection, Stage.Recovery, Stage.Verification])
            ?? Unfinished(plan, failures)
            ?? Positive(measurement);
    }

    private static Judgement? Negative(Plan plan, List<StepRecord> failures, Measurement measurement)
    {
        if (failures.Find(s => IsProof(plan[s.Id].Stage) && s.Outcome == StepOutcome.Failed && !s.Gate.CouldNotAsk) is { } failed)
        {
            return new Judgement(Verdict.NotRecovered, $"{failed.Id}: {failed.Gate.Reason}", ExitCode.Negative);
        }

        return measurement is { DataLoss: { } loss, MeetsRpo: false }
            ? new Judgement(Verdict.NotRecovered, $"{loss.Lost} of {loss.Acknowledged} acknowledged records are lost", ExitCode.Negative)
            : null;
    }

    /// <summary>The first of these stages that a step failed in: before the fault was done there is nothing that a recovery could prove.</summary>
    private static Judgement? Unknown(Plan plan, List<StepRecord> failures, Stage[] stages)
    {
        foreach (var stage in stages)
        {
            if (failures.Find(s => plan[s.Id].Stage == stage && s.Outcome == StepOutcome.Failed) is not { } failed)
            {
                continue;
            }

            var reason = stage switch
            {
                Stage.SteadyState => $"the steady state does not hold, so nothing was broken: {failed.Id}: {failed.Gate.Reason}",
                Stage.Detection => $"a check was never seen red, so its green proves nothing: {failed.Id}: {failed.Gate.Reason}",
                _ => $"{failed.Id}: {failed.Gate.Reason}",
            };
            return new Judgement(Verdict.CouldNotVerify, reason, ExitCode.CouldNotVerify);
        }

        return null;
    }

    /// <summary>What was not even started is never a pass.</summary>
    private static Judgement? Unfinished(Plan plan, List<StepRecord> failures) => failures.Find(s => plan[s.Id].Stage != Stage.Cleanup) is { } open
        ? new Judgement(Verdict.CouldNotVerify, $"{open.Id}: {open.Gate.Reason}", ExitCode.CouldNotVerify)
        : null;

    private static Judgement Positive(Measurement measurement) => measurement switch
    {
        { MeetsRto: false } => new Judgement(Verdict.Recovered, $"every gate held, but later than the objective of {measurement.Objectives.Rto.TotalSeconds:0} s allows", ExitCode.Negative),
        { DataLoss: null } => new Judgement(Verdict.Recovered, "every gate held; no acceptance command is declared, so nobody counted the data", ExitCode.Done),
        _ => new Judgement(Verdict.Recovered, "every gate held and everything that was acknowledged is there", ExitCode.Done),
    };

    private static bool IsProof(Stage stage) => stage is Stage.Recovery or Stage.Verification;
}
