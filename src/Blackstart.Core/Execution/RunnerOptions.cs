namespace Blackstart.Core.Execution;

/// <summary>How the runner paces itself.</summary>
public sealed record RunnerOptions
{
    /// <summary>How many steps may run at once.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>First pause between two askings of a gate.</summary>
    public TimeSpan FirstPoll { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause between two askings of a gate; the pause grows by half each time.</summary>
    public TimeSpan LongestPoll { get; init; } = TimeSpan.FromSeconds(1);
}
