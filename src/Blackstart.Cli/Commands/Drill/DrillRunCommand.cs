using System.CommandLine;
using Blackstart.Cli.Composition;

namespace Blackstart.Cli.Commands.Drill;

/// <summary><c>blackstart drill run NAME</c>.</summary>
internal static class DrillRunCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The drill, as `drill list` names it" };
        var config = SharedOptions.Config();
        var environment = SharedOptions.Environment();
        var plan = SharedOptions.Plan();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("run", "Break a sandbox on purpose, bring it back, and say what was lost") { name, config, environment, plan, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = Session.Open(parsed.GetValue(config));
            var place = session.Environment(parsed.GetValue(environment));
            if (parsed.GetResult(plan) is null)
            {
                await session.Conductor.CheckDrillAsync(parsed.GetValue(name)!, place, cancellationToken);
            }

            var built = session.Conductor.PlanDrill(parsed.GetValue(name)!, place);
            return await PlanRun.InvokeAsync(session, place, built, parsed, plan, parsed.GetValue(output)!, cancellationToken);
        });
        return command;
    }
}
