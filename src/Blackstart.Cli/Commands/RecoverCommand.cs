using System.CommandLine;
using Blackstart.Cli.Composition;

namespace Blackstart.Cli.Commands;

/// <summary><c>blackstart recover</c>.</summary>
internal static class RecoverCommand
{
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var environment = SharedOptions.Environment();
        var plan = SharedOptions.Plan();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("recover", "Bring an environment back, in the order its dependencies give") { config, environment, plan, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = Session.Open(parsed.GetValue(config));
            var place = session.Environment(parsed.GetValue(environment));
            return await PlanRun.InvokeAsync(session, place, session.Conductor.PlanRecovery(place), parsed, plan, parsed.GetValue(output)!, cancellationToken);
        });
        return command;
    }
}
