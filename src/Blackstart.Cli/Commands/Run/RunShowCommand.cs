using System.CommandLine;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Cli.Commands.Run;

/// <summary><c>blackstart run show RUN</c>: everything in it is read from the run's journal.</summary>
internal static class RunShowCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The run's name, or 'last'" };
        var output = SharedOptions.Output("text", "json");
        var command = new Command("show", "What a run did, step by step, and what it came to") { run, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var history = Session.Runs.Read(RunNames.Resolve(parsed.GetValue(run)!));
            var report = Report(history);
            var text = parsed.GetValue(output) == "json" ? report.ToJsonString(RunView.Json) + "\n" : Steps(history) + (history.Result is null ? $"unfinished       resume it: blackstart resume {history.Run}\n" : ReportText.Of(report));
            await Console.Out.WriteAsync(text.AsMemory(), cancellationToken);
            return 0;
        });
        return command;
    }

    private static JsonObject Report(RunHistory history)
    {
        var report = history.Result ?? new JsonObject
        {
            ["schemaVersion"] = 1,
            ["run"] = history.Run,
            ["environment"] = history.Plan["environment"]?.DeepClone(),
            ["verdict"] = null,
            ["steps"] = new JsonArray([.. history.Ended.Values.Select(s => new JsonObject { ["id"] = s.Id, ["outcome"] = Words.Of(s.Outcome) })]),
        };
        if (history.Evidence is { } evidence)
        {
            report["evidence"] = new JsonObject { ["path"] = evidence.Path, ["sha256"] = evidence.Sha256 };
        }

        return report;
    }

    private static string Steps(RunHistory history) => string.Concat((history.Plan["steps"]?.AsArray() ?? []).Select(step =>
    {
        var id = step!["id"]!.GetValue<string>();
        return history.Ended.TryGetValue(id, out var record)
            ? $"{OutcomeWords.Of(record.Outcome),-8} {Human.Duration(record.Duration),8}  {id,-40} {record.Gate.Reason.ReplaceLineEndings(" ")}\n"
            : $"{"-",-8} {"",8}  {id}\n";
    }));
}
