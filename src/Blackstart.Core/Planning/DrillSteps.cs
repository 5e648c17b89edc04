namespace Blackstart.Core.Planning;

/// <summary>What one drill adds to the steps that every drill has.</summary>
/// <param name="Undo">Writes down how the fault is taken back.</param>
/// <param name="Fault">The breakage, in order.</param>
public sealed record DrillSteps(Step Undo, IReadOnlyList<Step> Fault)
{
    /// <summary>What is done instead of the recovery plan, for a drill that shows what goes wrong; null for the recovery plan.</summary>
    public IReadOnlyList<Step>? InsteadOfRecovery { get; init; }

    /// <summary>What puts the environment right once the verdict stands.</summary>
    public IReadOnlyList<Step> Cleanup { get; init; } = [];
}
