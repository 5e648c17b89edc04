using System.CommandLine;
using System.Globalization;
using Blackstart.Lab.Hosting;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab up</c>.</summary>
internal static class LabUpCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var hold = new Option<string[]>("--hold") { Description = "Service that is not started (longhorn)", HelpName = "NAME" };
        var command = new Command("up", "Bring the lab up; on first use it is created") { stateDirectory, hold };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var host = LabOptions.Host(parsed, stateDirectory);
            var progress = new LineProgress();
            var result = await host.UpAsync(new LabUpOptions(parsed.GetValue(hold) ?? []), progress, cancellationToken);
            await Console.Out.WriteLineAsync(result switch
            {
                { WasRunning: true } => $"the lab is already running in {host.Layout.Root}",
                { Provisioned: true } => string.Create(CultureInfo.InvariantCulture, $"the lab is up after {result.Elapsed.TotalSeconds:0.0} s in {host.Layout.Root}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"the lab's nodes are up after {result.Elapsed.TotalSeconds:0.0} s in {host.Layout.Root}; PostgreSQL and git are not started and Vault is sealed: 'blackstart recover' brings the estate back"),
            });
            return 0;
        });
        return command;
    }
}
