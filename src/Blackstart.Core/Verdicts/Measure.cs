using Blackstart.Core.Estates;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Verdicts;

/// <summary>Takes the measurements of a run from its steps and facts.</summary>
public static class Measure
{
    /// <summary>Facts of this prefix, one a component, are what an acceptance command printed.</summary>
    public const string AcceptanceFacts = "acceptance/";

    /// <summary>Facts of this prefix, one a copy that was restored from, are recovery points.</summary>
    public const string RecoveryPointFacts = "recovery-point/";

    /// <summary>Measures a run that has ended.</summary>
    public static Measurement Of(Plan plan, RunOutcome outcome, Objectives objectives)
    {
        var gates = outcome.Steps.Where(s => plan[s.Id].Stage is Stage.Recovery or Stage.Verification).ToList();
        var from = outcome.Steps.FirstOrDefault(s => plan[s.Id].Stage == Stage.Fault)?.StartedAt ?? outcome.StartedAt;
        TimeSpan? time = gates.Count > 0 && gates.TrueForAll(s => s.IsDone) ? gates.Max(s => s.EndedAt) - from : null;
        return new Measurement(objectives, time, Loss(outcome.Facts));
    }

    private static DataLoss? Loss(RunFacts facts)
    {
        var counts = facts.All(AcceptanceFacts).Select(f => f.Value).ToList();
        return counts.Count == 0
            ? null
            : new DataLoss(
                counts.Sum(c => c["acknowledged"]!.GetValue<long>()),
                counts.Sum(c => c["recovered"]!.GetValue<long>()),
                counts.Sum(c => c["lost"]!.GetValue<long>() + c["corrupted"]!.GetValue<long>()));
    }
}
