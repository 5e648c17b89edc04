using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Verdicts;

/// <summary>The result of a run as the data that <c>--output json</c> prints, the journal ends with and the evidence seals.</summary>
public static class RunResult
{
    /// <summary>
    /// <c>{schemaVersion, run, drill, environment, verdict, reason, exitCode, resumable, startedAt, endedAt, timeToRecover, objectives, dataLoss, recoveryPoints[], acceptance, steps[]}</c>;
    /// durations are seconds.
    /// </summary>
    public static JsonObject Of(Plan plan, RunOutcome outcome, Measurement measurement, Judgement judgement) => new()
    {
        ["schemaVersion"] = 1,
        ["run"] = outcome.Run,
        ["drill"] = plan.Purpose == Purpose.Drill ? plan.Name : null,
        ["environment"] = plan.Environment,
        ["verdict"] = judgement.Verdict.ToString(),
        ["reason"] = judgement.Reason,
        ["exitCode"] = (int)judgement.ExitCode,
        ["resumable"] = judgement.Verdict != Verdict.Recovered && SettledSteps.CanGoOn(plan, outcome.Steps.ToDictionary(s => s.Id, StringComparer.Ordinal)),
        ["startedAt"] = Time(outcome.StartedAt),
        ["endedAt"] = Time(outcome.EndedAt),
        ["timeToRecover"] = Seconds(measurement.TimeToRecover),
        ["objectives"] = new JsonObject
        {
            ["rto"] = new JsonObject { ["declared"] = Seconds(measurement.Objectives.Rto), ["measured"] = Seconds(measurement.TimeToRecover), ["met"] = measurement.MeetsRto },
            ["rpo"] = new JsonObject { ["declared"] = Seconds(measurement.Objectives.Rpo), ["recordsLost"] = measurement.DataLoss?.Lost, ["met"] = measurement.MeetsRpo },
        },
        ["dataLoss"] = measurement.DataLoss is { } loss
            ? new JsonObject { ["acknowledged"] = loss.Acknowledged, ["recovered"] = loss.Recovered, ["lost"] = loss.Lost }
            : null,
        ["recoveryPoints"] = new JsonArray([.. outcome.Facts.All(Measure.RecoveryPointFacts).Select(f => f.Value)]),
        ["acceptance"] = new JsonObject(Measure.Acceptance(plan, outcome.Facts).Select(a => KeyValuePair.Create(a.Component, (JsonNode?)a.Counts))),
        ["steps"] = new JsonArray([.. outcome.Steps.Select(s => StepJson(plan[s.Id], s))]),
    };

    private static JsonObject StepJson(Step step, StepRecord record) => new()
    {
        ["id"] = step.Id,
        ["stage"] = Words.Of(step.Stage),
        ["component"] = step.Component,
        ["kind"] = Words.Of(step.Kind),
        ["effect"] = Words.Of(step.Effect),
        ["outcome"] = Words.Of(record.Outcome),
        ["startedAt"] = record.StartedAt is { } at ? Time(at) : null,
        ["duration"] = Seconds(record.Duration),
        ["attempts"] = record.Attempts,
        ["gate"] = new JsonObject { ["question"] = step.Gate.Question, ["holds"] = record.Gate.Holds, ["reason"] = record.Gate.Reason },
        ["errorCode"] = record.ErrorCode,
    };

    private static JsonNode? Seconds(TimeSpan? time) => time is { } t ? Math.Round(t.TotalSeconds, 3) : null;

    private static string Time(DateTimeOffset at) => at.ToString("O", CultureInfo.InvariantCulture);
}
