using System.Runtime.InteropServices;
using Blackstart.Longhorn.Extents;

namespace Blackstart.Longhorn.Replicas;

/// <summary>What the allocation of a layer says about its history.</summary>
/// <param name="IsEmpty">Nothing is allocated within the volume.</param>
/// <param name="IsFull">There is no hole.</param>
/// <param name="HasUnwritten">Some of it was preallocated and never written.</param>
/// <param name="CoversStart">The first block is allocated.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LayerAllocation(bool IsEmpty, bool IsFull, bool HasUnwritten, bool CoversStart)
{
    /// <summary>More extents than this are not looked at: the answer is about history, not about content.</summary>
    private const int MostExtents = 1 << 18;

    /// <summary>Looks at the extents of a layer.</summary>
    /// <exception cref="IOException">The file system has no FIEMAP.</exception>
    internal static LayerAllocation Take(ReplicaLayer layer, long size, CancellationToken cancellationToken)
    {
        var end = Math.Min(size, layer.Length);
        var cursor = new ExtentCursor(layer, 0, BlockAlignment.Up(end));
        var (position, count, full, unwritten, start) = (0L, 0, true, false, false);
        for (; cursor.TryPeek(out var extent) && count < MostExtents; cursor.Advance())
        {
            cancellationToken.ThrowIfCancellationRequested();
            full &= extent.Offset <= position;
            unwritten |= extent.Unwritten;
            start |= extent.Offset == 0;
            position = extent.End;
            count++;
        }

        return new LayerAllocation(count == 0, full && position >= end, unwritten, start);
    }
}
