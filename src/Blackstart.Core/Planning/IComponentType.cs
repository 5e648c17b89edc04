using Blackstart.Core.Estates;

namespace Blackstart.Core.Planning;

/// <summary>What Blackstart knows of one type of component: how to ask whether it is well, and how to bring it back.</summary>
public interface IComponentType
{
    /// <summary>The type's name and settings, as <c>blackstart.yaml</c> spells them.</summary>
    ComponentTypeDescription Description { get; }

    /// <summary>Programs that asking and recovering such a component takes, by the names they have on PATH.</summary>
    IReadOnlyList<string> Tools { get; }

    /// <summary>The component's checks: all green in a steady state, and red while it is down. At least one.</summary>
    IReadOnlyList<Probe> Checks(ComponentScope scope);

    /// <summary>
    /// The steps that bring the component back, in <see cref="Stage.Recovery"/>. Ids begin with the component's name and <c>/</c>;
    /// <see cref="Step.DependsOn"/> names steps of this component only, the planner adds the others.
    /// </summary>
    IReadOnlyList<Step> RecoverySteps(ComponentScope scope);

    /// <summary>Proof that the component's data is all there and unchanged; null when it keeps none of its own.</summary>
    Probe? Acceptance(ComponentScope scope);
}
