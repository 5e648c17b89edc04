using System.CommandLine;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Estates;
using Blackstart.Core.Planning;

namespace Blackstart.Cli.Commands;

/// <summary>What the commands that run a plan have in common: print it, or run it and show the run.</summary>
internal static class PlanRun
{
    public static async Task<int> InvokeAsync(Session session, EstateEnvironment environment, Plan plan, ParseResult parsed, Option<string?> planOption, string output, CancellationToken cancellationToken)
    {
        if (parsed.GetResult(planOption) is not null)
        {
            await Console.Out.WriteAsync(PlanView.Of(plan, parsed.GetValue(planOption) ?? "text"));
            return 0;
        }

        session.RequireTools();
        return await RunView.ShowAsync(plan, Landing.Of(environment), output, observer => session.Conductor.StartAsync(plan, observer, cancellationToken));
    }
}
