using Blackstart.Core.Estates;

namespace Blackstart.Core.Planning;

/// <summary>Derives the recovery plan from the estate's dependencies: a component's first steps wait for the last gates of all it depends on.</summary>
public sealed class RecoveryPlanner(ComponentTypes types)
{
    /// <summary>How long a verification may take: it reads all of the data.</summary>
    public static readonly TimeSpan VerificationTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The plan of <c>blackstart recover</c>.</summary>
    public Plan Build(Estate estate, EstateEnvironment environment, RunOptions? options = null)
    {
        var recovery = RecoverySteps(estate, environment);
        return new Plan("recover", Purpose.Recover, environment.Name, [.. recovery, .. VerificationSteps(estate, environment, recovery)], options);
    }

    /// <summary>The recovery steps of all components, with the edges between components.</summary>
    public IReadOnlyList<Step> RecoverySteps(Estate estate, EstateEnvironment environment)
    {
        var own = estate.Components.ToDictionary(
            c => c.Name,
            c => types.Of(c).RecoverySteps(new ComponentScope(estate, environment, c)),
            StringComparer.Ordinal);
        return [.. estate.Components.SelectMany(c => own[c.Name].Select(step =>
            step.DependsOn.Count > 0
                ? step
                : step with { DependsOn = [.. c.DependsOn.SelectMany(d => LastIds(own[d]))] }))];
    }

    /// <summary>Everything asked again once all steps of <paramref name="before"/> have succeeded: every check, and every proof that data is all there.</summary>
    public IReadOnlyList<Step> VerificationSteps(Estate estate, EstateEnvironment environment, IReadOnlyList<Step> before)
    {
        var last = LastIds(before).ToList();
        return [.. Scopes(estate, environment).SelectMany(scope => Verification(scope, last))];
    }

    /// <summary>Every check of every component.</summary>
    public IEnumerable<(Component Component, Probe Probe)> Checks(Estate estate, EstateEnvironment environment) =>
        Scopes(estate, environment).SelectMany(scope => types.Of(scope.Component).Checks(scope).Select(check => (scope.Component, check)));

    /// <summary>Every proof of a component that its data is all there.</summary>
    public IEnumerable<(Component Component, Probe Probe)> Proofs(Estate estate, EstateEnvironment environment) =>
        from scope in Scopes(estate, environment)
        let proof = types.Of(scope.Component).Acceptance(scope)
        where proof is not null
        select (scope.Component, proof);

    /// <summary>Whether a component comes back with its machines: no step of its recovery does anything but wait.</summary>
    internal bool ReturnsByItself(Component component, Estate estate, EstateEnvironment environment) =>
        types.Of(component).RecoverySteps(new ComponentScope(estate, environment, component)).All(s => s.Action is null);

    /// <summary>Ids of the steps that no other of them waits for.</summary>
    internal static IEnumerable<string> LastIds(IReadOnlyList<Step> steps)
    {
        var waitedFor = steps.SelectMany(s => s.DependsOn).ToHashSet(StringComparer.Ordinal);
        return steps.Select(s => s.Id).Where(id => !waitedFor.Contains(id));
    }

    private IEnumerable<Step> Verification(ComponentScope scope, List<string> last)
    {
        var type = types.Of(scope.Component);
        foreach (var check in type.Checks(scope))
        {
            yield return Verifying($"verify/{scope.Component.Name}/{check.Id}", scope.Component.Name, check, last);
        }

        if (type.Acceptance(scope) is { } acceptance)
        {
            yield return Verifying($"verify/{scope.Component.Name}/{acceptance.Id}", scope.Component.Name, acceptance, last) with { Timeout = VerificationTimeout, AsksOnce = true };
        }
    }

    private static Step Verifying(string id, string component, Probe probe, IReadOnlyList<string> last) => new(id, probe.Question, probe)
    {
        Component = component,
        Stage = Stage.Verification,
        DependsOn = last,
        Timeout = TimeSpan.FromSeconds(30),
    };

    private static IEnumerable<ComponentScope> Scopes(Estate estate, EstateEnvironment environment) =>
        estate.Components.Select(c => new ComponentScope(estate, environment, c));
}
