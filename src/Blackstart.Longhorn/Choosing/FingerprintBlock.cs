using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Choosing;

/// <summary>A sampled block that is not all zeros.</summary>
/// <param name="Index">Its offset in the volume, in blocks of 4096 bytes.</param>
/// <param name="Digest">The first 8 bytes of its SHA-256, little-endian.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FingerprintBlock(long Index, ulong Digest);
