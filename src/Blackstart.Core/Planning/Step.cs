using Blackstart.Core.Isolation;

namespace Blackstart.Core.Planning;

/// <summary>One unit of a plan. A step is done when its gate holds, however that came about.</summary>
/// <param name="Id">Unique in its plan; lower-case words joined by <c>-</c> and <c>/</c>.</param>
/// <param name="Title">What it does, as an operator would say it.</param>
/// <param name="Gate">What must hold before anything that depends on the step may start.</param>
public sealed record Step(string Id, string Title, Probe Gate)
{
    /// <summary>The component the step is about; null for steps about the run as a whole.</summary>
    public string? Component { get; init; }

    /// <summary>The part of the run the step belongs to.</summary>
    public Stage Stage { get; init; } = Stage.Recovery;

    /// <summary>Who does it.</summary>
    public StepKind Kind { get; init; } = StepKind.Automatic;

    /// <summary>What it may do to <see cref="Targets"/>.</summary>
    public Effect Effect { get; init; } = Effect.Observe;

    /// <summary>The systems an effect lands on; at least one unless the step only observes.</summary>
    public IReadOnlyList<Target> Targets { get; init; } = [];

    /// <summary>
    /// Systems the effect lands on beside <see cref="Targets"/> that only the run finds out, such as the node a replica lies on; asked for
    /// right before the action, and cleared like the others.
    /// </summary>
    public Func<StepContext, IReadOnlyList<Target>> TargetsFound { get; init; } = _ => [];

    /// <summary>Ids of the steps whose gates must hold first.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>Ids of the steps that must have ended first, whatever came of them.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>What the step does; null when it only waits for its gate. Idempotent: a run that was killed does it again.</summary>
    public Func<StepContext, CancellationToken, Task>? Action { get; init; }

    /// <summary>What must hold before the action may run; a no fails the step at once and changes nothing.</summary>
    public Probe? Precondition { get; init; }

    /// <summary>How long action and gate may take together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// True when the step records something about a moment that passes (steady state, the fault, detection): its result is never
    /// asked for again when a run is resumed, and its gate is not asked before its action.
    /// </summary>
    public bool IsMoment { get; init; }

    /// <summary>True when waiting cannot change the gate's answer, as with a count of what is there: the first answer counts.</summary>
    public bool AsksOnce { get; init; }

    /// <summary>Id of the later step that takes this one back on purpose, as a detachment takes back an attachment; null when none does.</summary>
    public string? UndoneBy { get; init; }

    /// <summary>The command an operator would type instead, if there is one.</summary>
    public string? ByHand { get; init; }
}
