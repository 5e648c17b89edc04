namespace Blackstart.Longhorn.Extents;

/// <summary>
/// The unit in which a layer holds data: 4096 bytes (the engine's <c>VolumeSectorSize</c>), whatever <c>SectorSize</c> in
/// <c>volume.meta</c> says.
/// </summary>
internal static class BlockAlignment
{
    internal const int BlockSize = 4096;

    internal static long Down(long offset) => offset & ~(BlockSize - 1L);

    internal static long Up(long offset) => offset > long.MaxValue - BlockSize ? long.MaxValue & ~(BlockSize - 1L) : (offset + BlockSize - 1) & ~(BlockSize - 1L);

    /// <summary>
    /// Widens extents to whole blocks, clips them to [<paramref name="start"/>, <paramref name="end"/>) and joins those that touch
    /// the same block.
    /// </summary>
    internal static void Apply(List<Extent> extents, long start, long end)
    {
        var count = 0;
        for (var i = 0; i < extents.Count; i++)
        {
            var extent = extents[i];
            var offset = Math.Max(Down(extent.Offset), start);
            var until = Math.Min(Up(extent.End), end);
            if (offset >= until)
            {
                continue;
            }

            if (count > 0 && extents[count - 1].End >= offset && (extents[count - 1].Unwritten == extent.Unwritten || extents[count - 1].End > offset))
            {
                var before = extents[count - 1];
                extents[count - 1] = new Extent(before.Offset, Math.Max(before.End, until), before.Unwritten && extent.Unwritten);
            }
            else
            {
                extents[count++] = extent with { Offset = offset, End = until };
            }
        }

        extents.RemoveRange(count, extents.Count - count);
    }
}
