using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Merging;

/// <summary>A range of the merged volume that comes from one layer, at the same offset there.</summary>
/// <param name="Offset">Start in bytes, a multiple of 4096.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Layer">Index of the layer, 0 for the head; the chain's number of layers stands for the backing image.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct VolumeRun(long Offset, long Length, int Layer)
{
    /// <summary>End in bytes, exclusive.</summary>
    public long End => Offset + Length;
}
