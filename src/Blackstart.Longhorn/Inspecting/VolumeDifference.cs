using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Inspecting;

/// <summary>A range in which two volumes hold different bytes.</summary>
/// <param name="Offset">Start in bytes, a multiple of 4096.</param>
/// <param name="Length">Length in bytes, of whole blocks unless it ends with a volume.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct VolumeDifference(long Offset, long Length)
{
    /// <summary>End in bytes, exclusive.</summary>
    public long End => Offset + Length;
}
