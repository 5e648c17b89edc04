using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Export;

/// <summary>How far a copy is.</summary>
/// <param name="Bytes">Bytes of the volume that are done, holes included.</param>
/// <param name="Total">Size of the volume in bytes.</param>
/// <param name="DataBytes">Bytes of data that were written.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CopyProgress(long Bytes, long Total, long DataBytes);
