namespace Blackstart.Core.Execution;

/// <summary>Where the sealed result of a run lies.</summary>
/// <param name="Path">The document.</param>
/// <param name="Sha256">SHA-256 of its bytes, hex.</param>
public sealed record SealedResult(string Path, string Sha256);
