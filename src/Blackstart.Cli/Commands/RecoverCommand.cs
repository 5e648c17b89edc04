using System.CommandLine;
using Blackstart.Cli.Composition;
using Blackstart.Core.Planning;
using Blackstart.Systems.Longhorn;
using Blackstart.Systems.Nodes;

namespace Blackstart.Cli.Commands;

/// <summary><c>blackstart recover</c>.</summary>
internal static class RecoverCommand
{
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var environment = SharedOptions.Environment();
        var runner = SharedOptions.Runner();
        var overwrite = new Option<string[]>("--overwrite")
        {
            Description = "Write over what the volume holds, though it is not fresh and empty: its name, and today's date (UTC) as proof that you looked today",
            HelpName = "VOLUME@YYYY-MM-DD",
        };
        var replica = new Option<string[]>("--replica")
        {
            Description = "Bring a volume back from this replica, where the evidence does not say which is right; one for each volume, kept for resuming",
            HelpName = "VOLUME=NODE:DIR",
        };
        var plan = SharedOptions.Plan();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("recover", "Bring an environment back, in the order its dependencies give") { config, environment, runner, overwrite, replica, plan, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var acknowledged = Acknowledgement.Check(parsed.GetValue(overwrite) ?? [], TimeProvider.System);
            var options = new RunOptions(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                [RunnerChoice.Option] = parsed.GetValue(runner) is { } asked ? [asked] : [],
                [Acknowledgement.Option] = acknowledged,
                [NamedReplica.Option] = NamedReplica.Check(parsed.GetValue(replica) ?? []),
            });
            await using var session = Session.Open(parsed.GetValue(config), options);
            var place = session.Environment(parsed.GetValue(environment));
            return await PlanRun.InvokeAsync(session, place, session.Conductor.PlanRecovery(place), parsed, plan, parsed.GetValue(output)!, cancellationToken);
        });
        return command;
    }
}
