using System.CommandLine;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab down</c>.</summary>
internal static class LabDownCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var command = new Command("down", "End every process of the lab; its data stays") { stateDirectory };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var stopped = await LabOptions.Host(parsed, stateDirectory).DownAsync(cancellationToken);
            await Console.Out.WriteLineAsync(stopped ? "the lab is down" : "the lab was not running");
            return 0;
        });
        return command;
    }
}
