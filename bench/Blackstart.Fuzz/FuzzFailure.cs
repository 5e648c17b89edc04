namespace Blackstart.Fuzz;

/// <summary>An input that did what none may do.</summary>
/// <param name="Input">Its number.</param>
/// <param name="What">The exception, the change to a source, or how long it took.</param>
/// <param name="Kept">Where a copy of it lies.</param>
internal sealed record FuzzFailure(long Input, string What, string Kept);
