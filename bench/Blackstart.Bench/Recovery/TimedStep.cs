namespace Blackstart.Bench.Recovery;

/// <summary>A step of a run that has ended.</summary>
/// <param name="Id">The step.</param>
/// <param name="Started">When it was first asked.</param>
/// <param name="Duration">From then to the moment its gate held.</param>
internal sealed record TimedStep(string Id, DateTimeOffset Started, TimeSpan Duration);
