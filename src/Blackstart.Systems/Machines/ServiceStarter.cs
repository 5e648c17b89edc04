using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Machines;

/// <summary>Starts services that do not come back with their machine, by the commands the operator declared under <c>start</c>.</summary>
public sealed class ServiceStarter(EstateEnvironment environment, ICommandLine commandLine)
{
    /// <summary>The command that starts a component; null when none is declared.</summary>
    public Command? CommandFor(string component) =>
        environment.Start.TryGetValue(component, out var words) ? new Command(words[0], [.. words.Skip(1)]) : null;

    /// <summary>Runs the declared command.</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>, <c>BS4006</c> none is declared, <c>BS2005</c>, <c>BS2006</c>.</exception>
    public Task StartAsync(Clearance clearance, string machine, string component, CancellationToken cancellationToken)
    {
        clearance.Demand(Target.Machine(machine), Effect.Change);
        var command = CommandFor(component) ?? throw new BlackstartException(
            "BS4006",
            ExitCode.InvalidInput,
            $"starting '{component}' in '{environment.Name}'",
            "blackstart.yaml does not say how",
            $"Start it by hand and resume the run, or add 'start: {{ {component}: [...] }}' to environment '{environment.Name}'");
        return commandLine.RunAsync(command, cancellationToken);
    }
}
