namespace Blackstart.Fuzz.Trying;

/// <summary>What came of an input.</summary>
/// <param name="Code">Why the replica was refused, or its volume could not be read; null if it was read.</param>
/// <param name="IsRefused">The replica was refused; otherwise the volume was found unreadable while it was read.</param>
/// <param name="Wrong">What may not happen; null if all is well.</param>
internal sealed record FuzzOutcome(string? Code, bool IsRefused, string? Wrong);
