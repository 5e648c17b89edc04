using System.CommandLine;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab reset</c>.</summary>
internal static class LabResetCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var command = new Command("reset", "End the lab and delete its state directory") { stateDirectory };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var host = LabOptions.Host(parsed, stateDirectory);
            await host.ResetAsync(cancellationToken);
            await Console.Out.WriteLineAsync($"there is no lab in {host.Layout.Root} any more");
            return 0;
        });
        return command;
    }
}
