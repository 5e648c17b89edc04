using System.CommandLine;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;

namespace Blackstart.Cli.Commands;

/// <summary><c>blackstart resume RUN</c>.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The run's name, or 'last'" };
        var config = SharedOptions.Config();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("resume", "Go on with a run that was killed, stopped, or ended without success") { run, config, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = RunNames.Resolve(parsed.GetValue(run)!);
            var history = Session.Runs.Read(name);
            await using var session = Session.Open(parsed.GetValue(config), history.Options);
            session.RequireTools();
            var plan = session.Conductor.Rebuild(history);
            return await RunView.ShowAsync(
                plan,
                Landing.Of(session.Environment(plan.Environment)),
                parsed.GetValue(output)!,
                observer => session.Conductor.ResumeAsync(name, observer, cancellationToken));
        });
        return command;
    }
}
