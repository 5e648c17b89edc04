using System.Buffers.Binary;

namespace Blackstart.Longhorn.Tests.Hostile;

/// <summary>A qcow2 image laid down byte by byte, so that every field can lie. Version 3 unless said otherwise; the first table is at byte 4096.</summary>
internal sealed class Qcow2Bytes
{
    internal const int FirstTable = 4096;
    internal const ulong Copied = 1UL << 63;
    internal const ulong Compressed = 1UL << 62;

    internal Qcow2Bytes(int clusterBits, long virtualSize, int length)
    {
        Content = new byte[length];
        BinaryPrimitives.WriteUInt32BigEndian(Content, 0x514649FB);
        Word(4, 3);
        Word(20, (uint)clusterBits);
        Long(24, (ulong)virtualSize);
        Word(36, (uint)(((virtualSize - 1) >> ((2 * clusterBits) - 3)) + 1));
        Long(40, FirstTable);
        Word(100, 112);
    }

    internal byte[] Content { get; }

    internal Qcow2Bytes Word(int offset, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Content.AsSpan(offset), value);
        return this;
    }

    internal Qcow2Bytes Long(int offset, ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Content.AsSpan(offset), value);
        return this;
    }

    /// <summary>Fills a table's entries from the first on.</summary>
    internal Qcow2Bytes Table(int offset, params ReadOnlySpan<ulong> entries)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            Long(offset + (i * 8), entries[i]);
        }

        return this;
    }
}
