using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Machines;

/// <summary>Steps for services outside the cluster.</summary>
internal static class ServiceSteps
{
    /// <summary>The step that starts a service by its declared command, or waits for a person to start it where none is declared.</summary>
    public static Step Start(ComponentScope scope, ServiceStarter services, string title, Probe gate)
    {
        var component = scope.Component.Name;
        var machine = scope.Component.Settings.Text("machine");
        var command = services.CommandFor(component);
        var step = new Step($"{component}/start", title, gate) { Component = component, ByHand = command?.ToString() };
        return command is null
            ? step with { Kind = StepKind.Manual, Timeout = TimeSpan.FromMinutes(15) }
            : step with
            {
                Effect = Effect.Change,
                Targets = [Target.Machine(machine)],
                Action = (context, cancellationToken) => services.StartAsync(context.Clearance, machine, component, cancellationToken),
            };
    }
}
