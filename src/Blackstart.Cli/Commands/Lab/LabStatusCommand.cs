using System.CommandLine;
using System.Text.Json;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Lab.Hosting;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab status</c>.</summary>
internal static class LabStatusCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("status", "Say how the lab is, how to look around, and what of it is simulated") { stateDirectory, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var status = await LabOptions.Host(parsed, stateDirectory).StatusAsync(cancellationToken);
            await Console.Out.WriteLineAsync(parsed.GetValue(output) == "json"
                ? JsonSerializer.Serialize(status, RunView.Json)
                : LabStatusText.Render(status).TrimEnd());
            return status.Running ? 0 : 1;
        });
        return command;
    }
}
