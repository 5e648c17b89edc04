using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Execution;

namespace Blackstart.Cli.Commands.Run;

/// <summary><c>blackstart run list</c>.</summary>
internal static class RunListCommand
{
    public static Command Create()
    {
        var output = SharedOptions.Output("text", "json");
        var command = new Command("list", "All runs on this machine, oldest first") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var runs = Session.Runs.List().Select(Session.Runs.Read).ToList();
            var text = parsed.GetValue(output) == "json"
                ? new JsonArray([.. runs.Select(Json)]).ToJsonString(RunView.Json) + "\n"
                : string.Concat(runs.Select(r => $"{r.Run,-36} {r.Plan["environment"],-12} {r.State}\n"));
            await Console.Out.WriteAsync(text.AsMemory(), cancellationToken);
            return 0;
        });
        return command;
    }

    private static JsonObject Json(RunHistory run) => new()
    {
        ["run"] = run.Run,
        ["plan"] = run.Plan["plan"]?.DeepClone(),
        ["environment"] = run.Plan["environment"]?.DeepClone(),
        ["startedAt"] = run.StartedAt.ToString("O", CultureInfo.InvariantCulture),
        ["state"] = run.State,
    };
}
