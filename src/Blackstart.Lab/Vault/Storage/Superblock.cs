using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Blackstart.Lab.Vault.Storage;

/// <summary>
/// Says which of the two log areas is in force. Two copies stand in the first two blocks and are written in turn, so that
/// one of them is whole at every instant. Little-endian: magic (8), version (4), area (4), generation (8), device size (8),
/// epoch (16), SHA-256 of what stands before it (32).
/// </summary>
/// <param name="Generation">Counts the times the log was compacted; the greater copy wins.</param>
/// <param name="Area">0 or 1: the log area in force.</param>
/// <param name="DeviceSize">Size in bytes of the device when it was formatted; the areas follow from it.</param>
/// <param name="Epoch">Stands in every record of the area, so that what an earlier log left behind is not taken for a record.</param>
internal sealed record Superblock(long Generation, int Area, long DeviceSize, Guid Epoch)
{
    /// <summary>Bytes each copy occupies.</summary>
    public const int BlockSize = 4096;

    /// <summary>Bytes of each copy that carry something; less than a sector, so a copy is written whole or not at all.</summary>
    private const int Length = 80;

    private const int Version = 1;

    private static ReadOnlySpan<byte> Magic => "BSVAULT\n"u8;

    /// <summary>Where the area in force begins, in bytes.</summary>
    public long AreaOffset => OffsetOf(Area);

    /// <summary>How long an area is, in bytes.</summary>
    public long AreaLength => (DeviceSize - (2 * BlockSize)) / 2 / BlockSize * BlockSize;

    /// <summary>Where an area begins, in bytes.</summary>
    public long OffsetOf(int area) => (2 * BlockSize) + (area * AreaLength);

    /// <summary>The block as it is written.</summary>
    public byte[] ToBlock()
    {
        var block = new byte[BlockSize];
        Magic.CopyTo(block);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(12), Area);
        BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(16), Generation);
        BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(24), DeviceSize);
        Epoch.TryWriteBytes(block.AsSpan(32));
        SHA256.HashData(block.AsSpan(0, 48), block.AsSpan(48, 32));
        return block;
    }

    /// <summary>Reads a block; null when it is not a whole superblock of this version.</summary>
    public static Superblock? Read(ReadOnlySpan<byte> block)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(block[..48], digest);
        if (!block[..8].SequenceEqual(Magic) || !digest.SequenceEqual(block[48..Length])
            || BinaryPrimitives.ReadInt32LittleEndian(block[8..]) != Version)
        {
            return null;
        }

        var area = BinaryPrimitives.ReadInt32LittleEndian(block[12..]);
        return area is 0 or 1
            ? new Superblock(
                BinaryPrimitives.ReadInt64LittleEndian(block[16..]),
                area,
                BinaryPrimitives.ReadInt64LittleEndian(block[24..]),
                new Guid(block.Slice(32, 16)))
            : null;
    }
}
