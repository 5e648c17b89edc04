namespace Blackstart.Longhorn.Export;

/// <summary>What was written.</summary>
/// <param name="Bytes">Size of the volume.</param>
/// <param name="DataBytes">Bytes of it that are data in some layer.</param>
/// <param name="Sha256">Hash of the whole volume as read, zeros included; null if not asked for.</param>
/// <param name="Extents">Hash of what is allocated, as <see cref="DigestMode.Extents"/> defines it; null if not asked for.</param>
public sealed record CopyResult(long Bytes, long DataBytes, Sha256Digest? Sha256, Sha256Digest? Extents = null);
