using System.Buffers.Binary;
using System.IO.Compression;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.BackingImages;

/// <summary>
/// Reads qcow2 images of version 2 and 3 (QEMU: <c>docs/interop/qcow2.txt</c>): plain, zero and deflate-compressed clusters. Images that
/// refer to another file, are encrypted or use a feature beyond these are refused.
/// </summary>
internal sealed class Qcow2Image : IVolumeLayer
{
    private const uint Magic = 0x514649FB;
    private const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;
    private const ulong Compressed = 1UL << 62;
    private const ulong ReadsAsZeros = 1;
    private const int HeaderLength = 112;
    private const int LargestTable = 32 << 20;
    private const int CacheLength = 8 << 20;
    private const int MostClustersPerQuestion = 1 << 16;
    private const int MostExtentsPerQuestion = 512;

    private readonly SafeFileHandle _handle;
    private readonly long _fileLength;
    private readonly int _version;
    private readonly int _clusterBits;
    private readonly ulong[] _levelOne;
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, ulong[]> _tables = [];
    private readonly Queue<ulong> _tableOrder = new();
    private readonly byte[] _inflated;
    private ulong _inflatedEntry;

    /// <summary>Reads the header and the first table.</summary>
    /// <exception cref="SalvageException">The image is damaged or uses what is not supported.</exception>
    internal Qcow2Image(string name, SafeFileHandle handle, long fileLength)
    {
        Name = name;
        _handle = handle;
        _fileLength = fileLength;
        Span<byte> header = stackalloc byte[HeaderLength];
        ImageReader.Read(handle, name, fileLength, 0, header);
        _version = (int)BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (_version is not (2 or 3))
        {
            throw Invalid($"is of version {_version}");
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(header[8..]) != 0)
        {
            throw Invalid("refers to a backing file of its own");
        }

        var clusterBits = BinaryPrimitives.ReadUInt32BigEndian(header[20..]);
        if (clusterBits is < 9 or > 21)
        {
            throw Invalid("has an impossible cluster size");
        }

        _clusterBits = (int)clusterBits;
        var size = BinaryPrimitives.ReadUInt64BigEndian(header[24..]);
        if (size is 0 or > long.MaxValue / 2 || size % 512 != 0)
        {
            throw Invalid("has an impossible size");
        }

        VirtualSize = (long)size;
        if (BinaryPrimitives.ReadUInt32BigEndian(header[32..]) != 0)
        {
            throw Invalid("is encrypted");
        }

        if (_version == 3)
        {
            CheckFeatures(BinaryPrimitives.ReadUInt64BigEndian(header[72..]), BinaryPrimitives.ReadUInt32BigEndian(header[100..]) > 104 ? header[104] : (byte)0);
        }

        _levelOne = ReadLevelOne(BinaryPrimitives.ReadUInt32BigEndian(header[36..]), BinaryPrimitives.ReadUInt64BigEndian(header[40..]));
        _inflated = new byte[ClusterSize];
    }

    public string Name { get; }

    public long ExtentEnd => BlockAlignment.Up(VirtualSize);

    internal long VirtualSize { get; }

    private int ClusterSize => 1 << _clusterBits;

    private int TableBits => _clusterBits - 3;

    /// <summary>Whether a backing image begins as qcow2 does. Only ever asked of backing images: a layer is raw whatever it begins with.</summary>
    internal static bool IsQcow2(SafeFileHandle handle, string name, long length)
    {
        Span<byte> magic = stackalloc byte[4];
        ImageReader.Read(handle, name, length, 0, magic);
        return BinaryPrimitives.ReadUInt32BigEndian(magic) == Magic;
    }

    public long ReadExtents(long start, long end, List<Extent> extents)
    {
        extents.Clear();
        var position = start >> _clusterBits << _clusterBits;
        for (var asked = 0; position < end && position < VirtualSize; asked++)
        {
            // An answer ends where a block does: clusters may be smaller, and those of a block belong together.
            if ((asked >= MostClustersPerQuestion || extents.Count >= MostExtentsPerQuestion) && position > start && position % BlockAlignment.BlockSize == 0)
            {
                BlockAlignment.Apply(extents, start, end);
                return position;
            }

            var table = _levelOne[position >> (_clusterBits + TableBits)] & OffsetMask;
            if (table == 0)
            {
                position = ((position >> (_clusterBits + TableBits)) + 1) << (_clusterBits + TableBits);
                continue;
            }

            if (IsData(EntryOf(position)))
            {
                if (extents.Count > 0 && extents[^1].End == position)
                {
                    extents[^1] = extents[^1] with { End = position + ClusterSize };
                }
                else
                {
                    extents.Add(new Extent(position, position + ClusterSize, Unwritten: false));
                }
            }

            position += ClusterSize;
        }

        BlockAlignment.Apply(extents, start, end);
        return long.MaxValue;
    }

    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (offset >= VirtualSize)
            {
                buffer.Clear();
                return;
            }

            var within = (int)(offset & (ClusterSize - 1));
            var part = buffer[..(int)Math.Min(Math.Min(buffer.Length, ClusterSize - within), VirtualSize - offset)];
            ReadWithin(EntryOf(offset), within, part);
            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <summary>Asked of the backing image that holds this one, which knows the file.</summary>
    public bool HasChanged() => false;

    public void Announce(long offset, long length)
    {
        // Where the clusters lie is not known without reading tables; backing images are mostly read in order anyway.
    }

    public void Dispose() => _handle.Dispose();

    private bool IsData(ulong entry) =>
        (entry & Compressed) != 0 || ((entry & OffsetMask) != 0 && (_version < 3 || (entry & ReadsAsZeros) == 0));

    private void ReadWithin(ulong entry, int within, Span<byte> part)
    {
        if (!IsData(entry))
        {
            part.Clear();
        }
        else if ((entry & Compressed) != 0)
        {
            lock (_lock)
            {
                Inflate(entry);
                _inflated.AsSpan(within, part.Length).CopyTo(part);
            }
        }
        else
        {
            var host = CheckedOffset(entry & OffsetMask);
            ImageReader.Read(_handle, Name, _fileLength, host + within, part);
        }
    }

    private void Inflate(ulong entry)
    {
        if (_inflatedEntry == entry)
        {
            return;
        }

        _inflatedEntry = 0;
        var offsetBits = 62 - (_clusterBits - 8);
        var host = CheckedOffset(entry & ((1UL << offsetBits) - 1));
        var sectors = (int)((entry & (Compressed - 1)) >> offsetBits) + 1;
        var packed = new byte[(sectors * 512) - (int)(host & 511)];
        ImageReader.Read(_handle, Name, _fileLength, host, packed);
        try
        {
            using var stream = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
            stream.ReadExactly(_inflated);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException)
        {
            throw Invalid("has a damaged compressed cluster");
        }

        _inflatedEntry = entry;
    }

    private ulong EntryOf(long offset)
    {
        var host = _levelOne[offset >> (_clusterBits + TableBits)] & OffsetMask;
        return host == 0 ? 0 : TableAt(host)[(offset >> _clusterBits) & ((1L << TableBits) - 1)];
    }

    private ulong[] TableAt(ulong host)
    {
        lock (_lock)
        {
            if (_tables.TryGetValue(host, out var table))
            {
                return table;
            }

            table = ReadTable(CheckedOffset(host), 1 << TableBits);
            _tables.Add(host, table);
            _tableOrder.Enqueue(host);
            if (_tableOrder.Count > Math.Max(2, CacheLength >> _clusterBits))
            {
                _tables.Remove(_tableOrder.Dequeue());
            }

            return table;
        }
    }

    private ulong[] ReadLevelOne(uint count, ulong offset)
    {
        var needed = ((VirtualSize - 1) >> (_clusterBits + TableBits)) + 1;
        if (count < needed || needed > LargestTable / 8)
        {
            throw Invalid("has a first table that does not fit its size");
        }

        return ReadTable(CheckedOffset(offset), (int)needed);
    }

    private ulong[] ReadTable(long offset, int count)
    {
        var bytes = new byte[count * 8];
        if (offset > _fileLength - bytes.Length)
        {
            throw Invalid("has a table beyond its end");
        }

        ImageReader.Read(_handle, Name, _fileLength, offset, bytes);
        var table = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            table[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * 8));
        }

        return table;
    }

    private void CheckFeatures(ulong incompatible, byte compression)
    {
        const ulong refcountsStale = 1;
        const ulong corrupt = 2;
        const ulong externalData = 4;
        const ulong compressionType = 8;
        if ((incompatible & corrupt) != 0)
        {
            throw Invalid("is marked as corrupt");
        }

        if ((incompatible & externalData) != 0)
        {
            throw Invalid("keeps its data in another file");
        }

        if ((incompatible & ~(refcountsStale | compressionType)) != 0)
        {
            throw Invalid("uses features that are not supported (such as extended L2 entries)");
        }

        if (compression != 0)
        {
            throw Invalid("is compressed otherwise than with deflate");
        }
    }

    private long CheckedOffset(ulong offset) =>
        offset < (ulong)_fileLength ? (long)offset : throw Invalid("refers to data beyond its end");

    private SalvageException Invalid(string what) => new(SalvageCode.BackingImageInvalid, $"the qcow2 image {Name} {what}");
}
