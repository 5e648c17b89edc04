using System.Security.Cryptography;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.BackingImages;

/// <summary>The image that a volume was made from; it lies below the lowest layer and is never written.</summary>
public sealed class BackingImage : IVolumeLayer
{
    private readonly IVolumeLayer _content;
    private readonly SafeFileHandle _handle;
    private readonly FileStatus _status;
    private readonly string? _recordedChecksum;

    internal BackingImage(string path, string format, long virtualSize, IVolumeLayer content, SafeFileHandle handle, FileStatus status, string? recordedChecksum)
    {
        Path = path;
        Format = format;
        VirtualSize = virtualSize;
        _content = content;
        _handle = handle;
        _status = status;
        _recordedChecksum = recordedChecksum;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary><c>raw</c> or <c>qcow2</c>.</summary>
    public string Format { get; }

    /// <summary>Size of the disk it holds, in bytes; past it, zeros.</summary>
    public long VirtualSize { get; }

    internal FileStatus Status => _status;

    string IVolumeLayer.Name => Path;

    long IVolumeLayer.ExtentEnd => _content.ExtentEnd;

    long IVolumeLayer.ReadExtents(long start, long end, List<Extent> extents) => _content.ReadExtents(start, end, extents);

    void IVolumeLayer.Read(long offset, Span<byte> buffer) => _content.Read(offset, buffer);

    void IVolumeLayer.Announce(long offset, long length) => _content.Announce(offset, length);

    bool IVolumeLayer.HasChanged() => _status.IsOtherContent(ReadOnlyDirectory.StatusOf(_handle));

    /// <inheritdoc/>
    public void Dispose() => _content.Dispose();

    /// <summary>Compares the file with the SHA-512 in <c>backing.cfg</c>; true if none is recorded.</summary>
    internal bool HasRecordedChecksum(CancellationToken cancellationToken)
    {
        if (_recordedChecksum is null)
        {
            return true;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        var buffer = new byte[1 << 20];
        for (var position = 0L; position < _status.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, _status.Length - position));
            ImageReader.Read(_handle, Path, _status.Length, position, part);
            hash.AppendData(part);
            position += part.Length;
        }

        return string.Equals(Convert.ToHexStringLower(hash.GetHashAndReset()), _recordedChecksum, StringComparison.OrdinalIgnoreCase);
    }
}
