using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Tests.Support;

/// <summary>A layer of any size with the extents that are listed, in whole blocks that all differ; it gives out one extent at a time.</summary>
internal sealed class ListedLayer(params (long Offset, long End)[] extents) : IVolumeLayer
{
    /// <summary>From where extents were asked for, one after the other.</summary>
    internal List<long> Asked { get; } = [];

    /// <summary>What was read, range for range.</summary>
    internal List<(long Offset, int Length)> Reads { get; } = [];

    /// <summary>The file system does not answer any more.</summary>
    internal bool Fails { get; set; }

    public string Name => "listed";

    public long ExtentEnd => extents.Length == 0 ? 0 : extents[^1].End;

    public long ReadExtents(long start, long end, List<Extent> found)
    {
        if (Fails)
        {
            throw new IOException("gone");
        }

        Asked.Add(start);
        found.Clear();
        foreach (var (offset, until) in extents)
        {
            if (until > start && offset < end)
            {
                found.Add(new Extent(Math.Max(start, offset), Math.Min(end, until), Unwritten: false));
                return Math.Min(end, until);
            }
        }

        return long.MaxValue;
    }

    public void Read(long offset, Span<byte> buffer)
    {
        Reads.Add((offset, buffer.Length));
        for (var i = 0; i < buffer.Length; i++)
        {
            var block = (offset + i) / BlockAlignment.BlockSize;
            buffer[i] = (byte)(1 + ((block >> (int)((offset + i) % 8 * 7)) & 0x7F));
        }
    }

    public bool HasChanged() => Fails ? throw new IOException("gone") : false;

    public void Announce(long offset, long length)
    {
    }

    public void Dispose()
    {
    }
}
