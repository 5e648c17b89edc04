using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>What a journal says so far: everything shown of a run, and everything a resumed run goes by, is read from it.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Plan">The plan as data, as <see cref="Plan.ToJson"/> made it.</param>
/// <param name="PlanDigest">The digest of that plan.</param>
/// <param name="StartedAt">When the run was started for the first time.</param>
/// <param name="Started">When each step that acted was started for the first time.</param>
/// <param name="Attempts">How often each step was started.</param>
/// <param name="Ended">The last ending of each step.</param>
/// <param name="Facts">The facts found.</param>
/// <param name="Result">What the run ended with; null while it has not ended, or goes on.</param>
/// <param name="Endings">How often it has ended: a run that ended without success can be resumed once what stopped it is mended.</param>
/// <param name="Evidence">Path and digest of the sealed document of the last ending; null when it is not sealed.</param>
public sealed record RunHistory(
    string Run,
    JsonObject Plan,
    string PlanDigest,
    DateTimeOffset StartedAt,
    IReadOnlyDictionary<string, DateTimeOffset> Started,
    IReadOnlyDictionary<string, int> Attempts,
    IReadOnlyDictionary<string, StepRecord> Ended,
    IReadOnlyDictionary<string, JsonNode> Facts,
    JsonObject? Result,
    int Endings,
    SealedResult? Evidence)
{
    /// <summary>Replays a journal's entries.</summary>
    /// <exception cref="BlackstartException"><c>BS3004</c>: the entries do not begin with a run.</exception>
    public static RunHistory Of(IReadOnlyList<JournalEntry> entries)
    {
        try
        {
            if (entries is not [{ Kind: JournalKinds.RunStarted } first, ..])
            {
                throw new FormatException(entries.Count == 0 ? "it has no whole line, so the run never began" : "the first line is not run-started");
            }

            var started = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            var attempts = new Dictionary<string, int>(StringComparer.Ordinal);
            var ended = new Dictionary<string, StepRecord>(StringComparer.Ordinal);
            var facts = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
            JsonObject? result = null;
            SealedResult? evidence = null;
            var endings = 0;
            foreach (var entry in entries)
            {
                switch (entry.Kind)
                {
                    case JournalKinds.StepStarted:
                        var id = Text(entry.Data, "step");
                        started.TryAdd(id, entry.At);
                        attempts[id] = attempts.GetValueOrDefault(id) + 1;
                        break;
                    case JournalKinds.Fact:
                        facts[Text(entry.Data, "name")] = entry.Data["value"]!.DeepClone();
                        break;
                    case JournalKinds.StepEnded:
                        var record = StepEntries.Read(entry);
                        ended[record.Id] = record;
                        break;
                    case JournalKinds.RunResumed:
                        result = null;
                        evidence = null;
                        break;
                    case JournalKinds.RunEnded:
                        result = entry.Data["result"]!.DeepClone().AsObject();
                        endings++;
                        break;
                    case JournalKinds.EvidenceSealed:
                        evidence = new SealedResult(Text(entry.Data, "path"), Text(entry.Data, "sha256"));
                        break;
                }
            }

            return new RunHistory(Text(first.Data, "run"), first.Data["plan"]!.DeepClone().AsObject(), Text(first.Data, "planDigest"), first.At, started, attempts, ended, facts, result, endings, evidence);
        }
        catch (Exception e) when (e is FormatException or NullReferenceException or InvalidOperationException or ArgumentException or JsonException)
        {
            throw new BlackstartException("BS3004", ExitCode.CouldNotVerify, "reading a run's journal", e.Message.TrimEnd('.'), "The file was altered; recover anew with `blackstart recover`", e);
        }
    }

    /// <summary>What the operator asked for when the run was started.</summary>
    public RunOptions Options => RunOptions.Read(Plan["options"]);

    /// <summary>Where the run stands, in one word: its verdict, or <c>unfinished</c>.</summary>
    public string State => Result?["verdict"]?.GetValue<string>() ?? "unfinished";

    private static string Text(JsonObject data, string name) => data[name]!.GetValue<string>();
}
