using Blackstart.Longhorn.Extents;

namespace Blackstart.Longhorn.Replicas;

/// <summary>Something a volume is made of: a layer image, or the backing image below the lowest one.</summary>
internal interface IVolumeLayer : IDisposable
{
    /// <summary>File name, for people.</summary>
    string Name { get; }

    /// <summary>Where its extents may end, in bytes: its length, rounded up to a block.</summary>
    long ExtentEnd { get; }

    /// <summary>Reads allocated extents that touch [start, end), aligned to blocks, clipped to it, ascending.</summary>
    /// <returns>Where to go on, or <see cref="long.MaxValue"/> after the last one.</returns>
    long ReadExtents(long start, long end, List<Extent> extents);

    /// <summary>Fills the buffer from the offset; what lies past the layer's end is zeros.</summary>
    /// <exception cref="SalvageException">The file became shorter, or cannot be read.</exception>
    void Read(long offset, Span<byte> buffer);

    /// <summary>Whether the file's length, content or links changed since it was judged.</summary>
    /// <exception cref="IOException">The file cannot be asked.</exception>
    bool HasChanged();

    /// <summary>Tells the operating system that the range is read soon.</summary>
    void Announce(long offset, long length);
}
