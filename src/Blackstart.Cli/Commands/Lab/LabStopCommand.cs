using System.CommandLine;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab stop SERVICE</c>.</summary>
internal static class LabStopCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var name = new Argument<string>("service") { Description = "postgres, git, longhorn, kubernetes or etcd" };
        var command = new Command("stop", "Stop one service of the lab, as systemctl would on its machine") { name, stateDirectory };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var service = parsed.GetRequiredValue(name);
            await LabOptions.Host(parsed, stateDirectory).StopServiceAsync(service, cancellationToken);
            await Console.Out.WriteLineAsync($"{service} is stopped");
            return 0;
        });
        return command;
    }
}
