using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Tests.Planning;

/// <summary>A component whose state is one boolean in a set that the test holds.</summary>
internal sealed class FakeComponentType(string name, HashSet<string> healthy, bool startsByItself = false, Func<string, ProbeAnswer>? acceptance = null) : IComponentType
{
    public ComponentTypeDescription Description { get; } = new(name, "", []);

    public IReadOnlyList<string> Tools => [];

    public IReadOnlyList<Probe> Checks(ComponentScope scope) =>
    [
        new Probe("well", $"{scope.Component.Name} is well", (_, _) => Task.FromResult(healthy.Contains(scope.Component.Name) ? ProbeAnswer.Yes("well") : ProbeAnswer.No("ill"))),
    ];

    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope)
    {
        var component = scope.Component.Name;
        var start = new Step($"{component}/start", "start", Checks(scope)[0]) { Component = component, Timeout = TimeSpan.FromSeconds(2) };
        return startsByItself
            ? [start]
            : [start with
            {
                Effect = Effect.Change,
                Targets = [Target.Kubernetes],
                Action = (_, _) =>
                {
                    lock (healthy)
                    {
                        healthy.Add(component);
                    }

                    return Task.CompletedTask;
                },
            }];
    }

    public Probe? Acceptance(ComponentScope scope) => acceptance is null
        ? null
        : new Probe("data", $"the data of {scope.Component.Name} is there", (_, _) => Task.FromResult(acceptance(scope.Component.Name)));
}
