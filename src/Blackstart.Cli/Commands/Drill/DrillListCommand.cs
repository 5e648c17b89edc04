using System.CommandLine;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;

namespace Blackstart.Cli.Commands.Drill;

/// <summary><c>blackstart drill list</c>.</summary>
internal static class DrillListCommand
{
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("list", "The drills there are for this estate") { config, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = Session.Open(parsed.GetValue(config));
            var text = parsed.GetValue(output) == "json"
                ? new JsonArray([.. session.Drills.Select(d => new JsonObject { ["name"] = d.Name, ["summary"] = d.Summary })]).ToJsonString(RunView.Json) + "\n"
                : string.Concat(session.Drills.Select(d => $"{d.Name,-14} {d.Summary}\n"));
            await Console.Out.WriteAsync(text.AsMemory(), cancellationToken);
            return 0;
        });
        return command;
    }
}
