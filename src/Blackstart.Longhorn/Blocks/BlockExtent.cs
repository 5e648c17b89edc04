using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Blocks;

/// <summary>A run of bytes of one kind.</summary>
/// <param name="Length">Bytes, more than 0.</param>
/// <param name="Hole">No storage is allocated.</param>
/// <param name="Zero">Reads as zeros for certain.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlockExtent(long Length, bool Hole, bool Zero);
