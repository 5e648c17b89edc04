using System.CommandLine;
using System.Text.Json;
using Blackstart.Lab.Hosting;

namespace Blackstart.Cli.Commands.Lab;

internal static class LabStatusCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var output = LabOptions.Output();
        var command = new Command("status", "Say how the lab is, how to look around, and what of it is simulated") { stateDirectory, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var status = await LabOptions.Host(parsed, stateDirectory).StatusAsync(cancellationToken);
            await Console.Out.WriteLineAsync(parsed.GetValue(output) == "json"
                ? JsonSerializer.Serialize(status, Json)
                : LabStatusText.Render(status).TrimEnd());
            return status.Running ? 0 : 1;
        });
        return command;
    }
}
