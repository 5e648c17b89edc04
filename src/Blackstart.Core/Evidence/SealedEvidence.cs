namespace Blackstart.Core.Evidence;

/// <summary>A sealed document.</summary>
/// <param name="Path">Absolute path of its file.</param>
/// <param name="Sha256">SHA-256 of the file's bytes, 64 lower-case hexadecimal digits: the digest to keep elsewhere.</param>
/// <param name="Sequence">Its number in the chain, from 1.</param>
public sealed record SealedEvidence(string Path, string Sha256, int Sequence);
