using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>How a step's ending stands in the journal.</summary>
internal static class StepEntries
{
    public static JsonObject Write(StepRecord record) => new()
    {
        ["step"] = record.Id,
        ["outcome"] = record.Outcome.ToString(),
        ["startedAt"] = record.StartedAt?.ToString("O", CultureInfo.InvariantCulture),
        ["attempts"] = record.Attempts,
        ["gate"] = new JsonObject
        {
            ["holds"] = record.Gate.Holds,
            ["reason"] = record.Gate.Reason,
            ["couldNotAsk"] = record.Gate.CouldNotAsk,
        },
        ["errorCode"] = record.ErrorCode,
    };

    public static StepRecord Read(JournalEntry entry)
    {
        var gate = entry.Data["gate"]!;
        return new StepRecord(
            entry.Data["step"]!.GetValue<string>(),
            Enum.Parse<StepOutcome>(entry.Data["outcome"]!.GetValue<string>()),
            entry.Data["startedAt"] is { } at ? DateTimeOffset.Parse(at.GetValue<string>(), CultureInfo.InvariantCulture) : null,
            entry.At,
            entry.Data["attempts"]!.GetValue<int>(),
            new ProbeAnswer(gate["holds"]!.GetValue<bool>(), gate["reason"]!.GetValue<string>(), gate["couldNotAsk"]!.GetValue<bool>()),
            entry.Data["errorCode"]?.GetValue<string>());
    }
}
