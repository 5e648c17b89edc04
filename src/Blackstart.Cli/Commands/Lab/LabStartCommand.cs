using System.CommandLine;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab start SERVICE</c>.</summary>
internal static class LabStartCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var name = new Argument<string>("service") { Description = "postgres, git, longhorn, kubernetes or etcd" };
        var command = new Command("start", "Start one service of the lab, as systemctl would on its machine") { name, stateDirectory };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var service = parsed.GetRequiredValue(name);
            await LabOptions.Host(parsed, stateDirectory).StartServiceAsync(service, cancellationToken);
            await Console.Out.WriteLineAsync($"{service} is running");
            return 0;
        });
        return command;
    }
}
