using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>What the journal says of one step.</summary>
/// <param name="Id">The step.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="StartedAt">When it was started for the first time; null when it never was.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Attempts">How often it was started, over all resumptions.</param>
/// <param name="Gate">The last answer of its gate.</param>
/// <param name="ErrorCode">Code of the failure that ended it, if one did.</param>
public sealed record StepRecord(
    string Id,
    StepOutcome Outcome,
    DateTimeOffset? StartedAt,
    DateTimeOffset EndedAt,
    int Attempts,
    ProbeAnswer Gate,
    string? ErrorCode = null)
{
    /// <summary>Whether what depends on the step may start.</summary>
    public bool IsDone => Outcome is StepOutcome.AlreadyMet or StepOutcome.Succeeded;

    /// <summary>From its first start to its end; zero when it never started.</summary>
    public TimeSpan Duration => StartedAt is { } start ? EndedAt - start : TimeSpan.Zero;
}
