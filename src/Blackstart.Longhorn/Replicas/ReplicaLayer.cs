using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Replicas;

/// <summary>One image file of a chain, open for reading, with what its metadata says.</summary>
public sealed class ReplicaLayer : IVolumeLayer
{
    private readonly SafeFileHandle _handle;

    internal ReplicaLayer(string name, LayerMetadata metadata, SafeFileHandle handle, in FileStatus status)
    {
        Name = name;
        Metadata = metadata;
        Status = status;
        _handle = handle;
    }

    /// <summary>File name; authoritative, unlike the name inside the metadata.</summary>
    public string Name { get; }

    /// <summary>What the layer's <c>.meta</c> says.</summary>
    public LayerMetadata Metadata { get; }

    /// <summary>Apparent length in bytes.</summary>
    public long Length => Status.Length;

    /// <summary>Bytes that the file occupies on disk.</summary>
    public long Allocated => Status.Allocated;

    /// <summary>When the file's content was last changed.</summary>
    public DateTimeOffset Modified => Status.Modified;

    internal FileStatus Status { get; }

    /// <summary>Whether the layer supplies the first block, if it is the topmost that does; null if its allocation was not looked at.</summary>
    internal bool? CoversStart { get; set; }

    internal SafeFileHandle Handle => _handle;

    long IVolumeLayer.ExtentEnd => BlockAlignment.Up(Length);

    long IVolumeLayer.ReadExtents(long start, long end, List<Extent> extents)
    {
        // A block is allocated if any part of it is, so the question is put for whole blocks.
        var next = Fiemap.Read(_handle, BlockAlignment.Down(start), end, extents);
        BlockAlignment.Apply(extents, start, end);
        return next == long.MaxValue ? next : Math.Max(BlockAlignment.Up(next), start + BlockAlignment.BlockSize);
    }

    void IVolumeLayer.Read(long offset, Span<byte> buffer) => ImageReader.Read(_handle, Name, Length, offset, buffer);

    void IVolumeLayer.Announce(long offset, long length) =>
        _ = NativeMethods.Advise((int)_handle.DangerousGetHandle(), offset, length, NativeMethods.AdviseWillNeed);

    bool IVolumeLayer.HasChanged() => Status.IsOtherContent(ReadOnlyDirectory.StatusOf(_handle));

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
