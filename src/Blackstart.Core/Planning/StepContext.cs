using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;

namespace Blackstart.Core.Planning;

/// <summary>What a step's action and probes are given.</summary>
/// <param name="StepId">The step that asks.</param>
/// <param name="Facts">What steps of this run have found out so far; survives a kill.</param>
/// <param name="Progress">Told how far a long copy has come.</param>
public sealed record StepContext(string StepId, RunFacts Facts, IProgress<StepProgress> Progress)
{
    /// <summary>What the boundary proved for this step; empty for a step that only observes.</summary>
    public IReadOnlyList<Clearance> Clearances { get; init; } = [];

    /// <summary>The clearance of a step that lands on one system.</summary>
    /// <exception cref="InvalidOperationException">The step only observes, or lands on several systems.</exception>
    public Clearance Clearance => Clearances is [var only]
        ? only
        : throw new InvalidOperationException($"Step '{StepId}' has {Clearances.Count} clearances.");

    /// <summary>The clearance for one of the systems that the step lands on.</summary>
    /// <exception cref="InvalidOperationException">The step does not land there.</exception>
    public Clearance ClearanceFor(Target target) => Clearances.FirstOrDefault(c => c.Target == target)
        ?? throw new InvalidOperationException($"Step '{StepId}' has no clearance for {target}.");
}
