namespace Blackstart.Lab.Hosting.Services;

/// <summary>How one supervised program is prepared, started, asked and stopped.</summary>
/// <param name="Name">Name in the lab.</param>
/// <param name="PrepareAsync">Does what must be done before each start (also after a crash) and says what to start.</param>
/// <param name="IsReadyAsync">Whether it does its work now; may throw when it does not.</param>
internal sealed record ServiceDefinition(
    string Name,
    Func<CancellationToken, Task<Launch>> PrepareAsync,
    Func<CancellationToken, Task<bool>> IsReadyAsync)
{
    /// <summary>The signal that asks for an orderly end.</summary>
    public int StopSignal { get; init; } = Signals.Terminate;

    /// <summary>How long an orderly end may take before SIGKILL.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a start may take.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(45);
}
