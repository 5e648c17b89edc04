using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Core.Execution;

namespace Blackstart.Cli.Commands.Run;

/// <summary><c>blackstart run list</c>.</summary>
internal static class RunListCommand
{
    private const string Unreadable = "unreadable";

    public static Command Create()
    {
        var output = SharedOptions.Output("text", "json");
        var command = new Command("list", "All runs on this machine, oldest first") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var runs = Session.Runs.List().Select(name => (Name: name, History: TryRead(name))).ToList();
            var text = parsed.GetValue(output) == "json"
                ? new JsonArray([.. runs.Select(r => Json(r.Name, r.History))]).ToJsonString(RunView.Json) + "\n"
                : string.Concat(runs.Select(r => $"{r.Name,-36} {r.History?.Plan["environment"],-12} {r.History?.State ?? Unreadable}\n"));
            await Console.Out.WriteAsync(text.AsMemory(), cancellationToken);
            return 0;
        });
        return command;
    }

    /// <summary>One journal that was altered must not hide all other runs.</summary>
    private static RunHistory? TryRead(string name)
    {
        try
        {
            return Session.Runs.Read(name);
        }
        catch (Exception e) when (e is BlackstartException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static JsonObject Json(string name, RunHistory? run) => new()
    {
        ["run"] = name,
        ["plan"] = run?.Plan["plan"]?.DeepClone(),
        ["environment"] = run?.Plan["environment"]?.DeepClone(),
        ["startedAt"] = run?.StartedAt.ToString("O", CultureInfo.InvariantCulture),
        ["state"] = run?.State ?? Unreadable,
    };
}
