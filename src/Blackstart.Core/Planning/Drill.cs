using Blackstart.Core.Estates;

namespace Blackstart.Core.Planning;

/// <summary>A rehearsal of one disaster.</summary>
/// <param name="Name">Such as <c>power-cut</c>.</param>
/// <param name="Summary">What breaks and what it teaches, in a sentence.</param>
/// <param name="Build">The drill's own steps in one environment; touches nothing.</param>
public sealed record Drill(string Name, string Summary, Func<Estate, EstateEnvironment, DrillSteps> Build)
{
    /// <summary>Throws when the drill cannot start at all, such as on a lab that is down, before a run is made of it.</summary>
    public Func<CancellationToken, Task> CheckAsync { get; init; } = _ => Task.CompletedTask;
}
