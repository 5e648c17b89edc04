using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;

namespace Blackstart.Core.Planning;

/// <summary>What a step's action and probes are given.</summary>
/// <param name="StepId">The step that asks.</param>
/// <param name="Facts">What steps of this run have found out so far; survives a kill.</param>
/// <param name="Progress">Told how far a long copy has come.</param>
public sealed record StepContext(string StepId, RunFacts Facts, IProgress<StepProgress> Progress)
{
    private readonly Clearance? _clearance;

    /// <summary>The clearance for the step's effect on its target.</summary>
    /// <exception cref="InvalidOperationException">The step only observes: no clearance was asked for.</exception>
    public Clearance Clearance
    {
        get => _clearance ?? throw new InvalidOperationException($"Step '{StepId}' only observes and has no clearance.");
        init => _clearance = value;
    }
}
