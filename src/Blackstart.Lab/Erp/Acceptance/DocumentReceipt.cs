namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>A document as its owner knows it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Path">Path inside the volume, without a leading slash.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Sha256">Digest of its content, lower-case hex.</param>
internal sealed record DocumentReceipt(long Number, string Path, long Bytes, string Sha256);
