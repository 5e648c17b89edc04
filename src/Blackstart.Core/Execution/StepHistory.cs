namespace Blackstart.Core.Execution;

/// <summary>What earlier sessions of a run know of a step.</summary>
/// <param name="StartedAt">When it was started for the first time; null when it never was.</param>
/// <param name="Attempts">How often it was started.</param>
/// <param name="Settled">Its record, when it need not be asked again.</param>
internal sealed record StepHistory(DateTimeOffset? StartedAt, int Attempts, StepRecord? Settled)
{
    public static StepHistory None { get; } = new(null, 0, null);
}
