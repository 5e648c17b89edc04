namespace Blackstart.Core.Execution;

/// <summary>What the runner hands back.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="StartedAt">When the run was started for the first time.</param>
/// <param name="EndedAt">When its last step ended.</param>
/// <param name="Steps">One record a step, in the plan's order.</param>
/// <param name="Facts">What the steps found out.</param>
/// <param name="Interrupted">True when the run was cancelled.</param>
public sealed record RunOutcome(
    string Run,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    IReadOnlyList<StepRecord> Steps,
    RunFacts Facts,
    bool Interrupted)
{
    /// <summary>The record of a step.</summary>
    public StepRecord this[string id] => Steps.First(s => string.Equals(s.Id, id, StringComparison.Ordinal));
}
