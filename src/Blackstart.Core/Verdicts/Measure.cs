using System.Text.Json.Nodes;
using Blackstart.Core.Estates;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Verdicts;

/// <summary>Takes the measurements of a run from its steps and facts.</summary>
public static class Measure
{
    /// <summary>Facts of this prefix, followed by the id of the step that asked, are what an acceptance command printed.</summary>
    public const string AcceptanceFacts = "acceptance/";

    /// <summary>Facts of this prefix, one a copy that was restored from, are recovery points.</summary>
    public const string RecoveryPointFacts = "recovery-point/";

    /// <summary>Measures a run that has ended.</summary>
    public static Measurement Of(Plan plan, RunOutcome outcome, Objectives objectives)
    {
        var gates = outcome.Steps.Where(s => plan[s.Id].Stage is Stage.Recovery or Stage.Verification).ToList();
        var from = outcome.Steps.FirstOrDefault(s => plan[s.Id].Stage == Stage.Fault)?.StartedAt ?? outcome.StartedAt;
        TimeSpan? time = gates.Count > 0 && gates.TrueForAll(s => s.IsDone) ? gates.Max(s => s.EndedAt) - from : null;
        return new Measurement(objectives, time, Loss(Acceptance(plan, outcome.Facts).Select(a => a.Counts).ToList()));
    }

    /// <summary>What the acceptance commands printed when verification asked, by component: neither what they said before the fault, nor after a cleanup.</summary>
    public static IEnumerable<(string Component, JsonNode Counts)> Acceptance(Plan plan, RunFacts facts) =>
        from step in plan.Steps
        where step.Stage == Stage.Verification && step.Component is not null
        let counts = facts.Find(AcceptanceFacts + step.Id)
        where counts is not null
        orderby step.Component
        select (step.Component, counts);

    private static DataLoss? Loss(List<JsonNode> counts) => counts.Count == 0
        ? null
        : new DataLoss(
            counts.Sum(c => c["acknowledged"]!.GetValue<long>()),
            counts.Sum(c => c["recovered"]!.GetValue<long>()),
            counts.Sum(c => c["lost"]!.GetValue<long>() + c["corrupted"]!.GetValue<long>()));
}
