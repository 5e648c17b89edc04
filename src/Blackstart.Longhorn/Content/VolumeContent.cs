using System.Buffers.Binary;
using System.Text;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Content;

/// <summary>
/// What a volume holds, read from fixed offsets of the merged bytes. No format is probed for beyond these: a guest can write any
/// header into its disk.
/// </summary>
public sealed record VolumeContent
{
    /// <summary>How many bytes from the start of a volume tell what it holds.</summary>
    public const int HeadLength = 4096;

    private static ReadOnlySpan<byte> LuksMagic => [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE];
    private const long MostBytesForBlank = 16 << 20;

    /// <summary>mke2fs reserves the inodes up to 10. A superblock that claims many more is not to make a full file system look fresh.</summary>
    private const uint MostReservedInodes = 16;

    /// <summary>The kind.</summary>
    public required ContentKind Kind { get; init; }

    /// <summary>Identity of the file system or container; null if it has none.</summary>
    public string? Uuid { get; init; }

    /// <summary>Label; null if it has none.</summary>
    public string? Label { get; init; }

    /// <summary>When the file system was last mounted; null if never or not recorded (only ext2, 3 and 4 record it).</summary>
    public DateTimeOffset? LastMounted { get; init; }

    /// <summary>When the superblock was last written; null if not recorded.</summary>
    public DateTimeOffset? LastWritten { get; init; }

    /// <summary>Number of inodes; null if not recorded.</summary>
    public long? Inodes { get; init; }

    /// <summary>Number of free inodes by the superblock, which lags behind while the file system is mounted; null if not recorded.</summary>
    public long? FreeInodes { get; init; }

    /// <summary>The file system was mounted when its last write came: its journal is to be replayed.</summary>
    public bool NeedsRecovery { get; init; }

    /// <summary>Certainly nothing but what mkfs makes: cleanly unmounted (or never mounted), and no inode in use beyond the reserved ones and <c>lost+found</c>.</summary>
    public bool IsFreshlyFormatted { get; init; }

    /// <summary>Reads the superblocks.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Stops the search for a byte that is not zero.</param>
    /// <exception cref="SalvageException">The volume cannot be read.</exception>
    public static VolumeContent Identify(MergedVolume volume, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var head = new byte[HeadLength];
        volume.Read(0, head.AsSpan(0, (int)Math.Min(HeadLength, volume.Size)));
        return Known(head) ?? new VolumeContent { Kind = IsBlank(volume, cancellationToken) ? ContentKind.Blank : ContentKind.Unknown };
    }

    /// <summary>Reads the superblocks of a replica's volume; costs one read where they are found.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="cancellationToken">Stops the search for a byte that is not zero.</param>
    /// <exception cref="SalvageException">The replica was refused, or cannot be read.</exception>
    public static VolumeContent Identify(ReplicaDirectory replica, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(replica);
        if (replica.Chain.Layers.FirstOrDefault(layer => layer.CoversStart != false) is { CoversStart: true } layer)
        {
            var head = new byte[HeadLength];
            ((IVolumeLayer)layer).Read(0, head.AsSpan(0, (int)Math.Min(HeadLength, replica.Chain.Size)));
            if (Known(head) is { } content)
            {
                return content;
            }
        }

        return Identify(replica.Volume, cancellationToken);
    }

    /// <summary>Reads the superblocks out of the first bytes of a volume. Blank means that these bytes are zeros.</summary>
    /// <param name="head">The first <see cref="HeadLength"/> bytes.</param>
    public static VolumeContent Identify(ReadOnlySpan<byte> head)
    {
        if (head.Length != HeadLength)
        {
            throw new ArgumentException("It must be the first 4096 bytes", nameof(head));
        }

        return Known(head) ?? new VolumeContent { Kind = head.ContainsAnyExcept((byte)0) ? ContentKind.Unknown : ContentKind.Blank };
    }

    private static VolumeContent? Known(ReadOnlySpan<byte> head) => Luks(head) ?? Xfs(head) ?? Ext(head) ?? Partitions(head);

    /// <summary>LUKS 1 and 2 have magic, version and UUID in the same place (cryptsetup: LUKS2 on-disk format, section 2.1).</summary>
    private static VolumeContent? Luks(ReadOnlySpan<byte> head) => !head.StartsWith(LuksMagic)
        ? null
        : new VolumeContent
        {
            Kind = ContentKind.Luks,
            Uuid = Text(head.Slice(168, 40)),
            Label = BinaryPrimitives.ReadUInt16BigEndian(head[6..]) == 2 ? Text(head.Slice(24, 48)) : null,
        };

    /// <summary>Superblock of XFS (<c>fs/xfs/libxfs/xfs_format.h</c>, struct xfs_dsb).</summary>
    private static VolumeContent? Xfs(ReadOnlySpan<byte> head) => !head.StartsWith("XFSB"u8)
        ? null
        : new VolumeContent
        {
            Kind = ContentKind.Xfs,
            Uuid = new Guid(head.Slice(32, 16), bigEndian: true).ToString(),
            Label = Text(head.Slice(108, 12)),
            Inodes = BinaryPrimitives.ReadInt64BigEndian(head[128..]),
            FreeInodes = BinaryPrimitives.ReadInt64BigEndian(head[136..]),
        };

    /// <summary>Superblock of ext2, 3 and 4 (<c>fs/ext4/ext4.h</c>, struct ext4_super_block), at byte 1024.</summary>
    private static VolumeContent? Ext(ReadOnlySpan<byte> head)
    {
        const uint hasJournal = 0x4;
        const uint needsRecovery = 0x4;
        const uint ext4Incompatible = 0x40 | 0x80 | 0x200;
        const uint ext4ReadOnly = 0x8 | 0x10 | 0x400;
        const ushort cleanState = 1;
        const int lostAndFound = 1;
        var super = head[1024..];
        if (BinaryPrimitives.ReadUInt16LittleEndian(super[0x38..]) != 0xEF53)
        {
            return null;
        }

        var inodes = BinaryPrimitives.ReadUInt32LittleEndian(super);
        var free = BinaryPrimitives.ReadUInt32LittleEndian(super[0x10..]);
        var firstInode = BinaryPrimitives.ReadUInt32LittleEndian(super[0x54..]);
        var incompatible = BinaryPrimitives.ReadUInt32LittleEndian(super[0x60..]);
        var isMounted = (incompatible & needsRecovery) != 0 || (BinaryPrimitives.ReadUInt16LittleEndian(super[0x3A..]) & cleanState) == 0;
        var kind = (incompatible & ext4Incompatible) != 0 || (BinaryPrimitives.ReadUInt32LittleEndian(super[0x64..]) & ext4ReadOnly) != 0 ? ContentKind.Ext4
            : (BinaryPrimitives.ReadUInt32LittleEndian(super[0x5C..]) & hasJournal) != 0 ? ContentKind.Ext3
            : ContentKind.Ext2;
        return new VolumeContent
        {
            Kind = kind,
            Uuid = new Guid(super.Slice(0x68, 16), bigEndian: true).ToString(),
            Label = Text(super.Slice(0x78, 16)),
            LastMounted = Time(BinaryPrimitives.ReadUInt32LittleEndian(super[0x2C..]), super[0x275]),
            LastWritten = Time(BinaryPrimitives.ReadUInt32LittleEndian(super[0x30..]), super[0x274]),
            Inodes = inodes,
            FreeInodes = free,
            NeedsRecovery = isMounted,
            IsFreshlyFormatted = !isMounted && firstInode <= MostReservedInodes && inodes - (long)free <= firstInode - 1L + lostAndFound,
        };
    }

    private static VolumeContent? Partitions(ReadOnlySpan<byte> head) =>
        head.Slice(512, 8).SequenceEqual("EFI PART"u8) || (head[510] == 0x55 && head[511] == 0xAA && (head[446] & 0x7F) == 0 && head[450] != 0)
            ? new VolumeContent { Kind = ContentKind.Partitions }
            : null;

    private static bool IsBlank(MergedVolume volume, CancellationToken cancellationToken)
    {
        // Most volumes show a byte that is not zero at once: the buffer stays small.
        var buffer = new byte[64 << 10];
        var asked = 0L;
        foreach (var run in volume.Runs(cancellationToken))
        {
            for (var position = run.Offset; position < run.End;)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, run.End - position));
                asked += part.Length;
                if (asked > MostBytesForBlank)
                {
                    return false;
                }

                volume.Read(position, part);
                if (part.IndexOfAnyExcept((byte)0) >= 0)
                {
                    return false;
                }

                position += part.Length;
            }
        }

        return true;
    }

    private static string? Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(end < 0 ? field : field[..end]).Trim();
        return text.Length == 0 ? null : string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
    }

    /// <summary>The kernel writes two bits of the upper byte; a guest may write any, and a time beyond the year 9999 is none.</summary>
    private static DateTimeOffset? Time(uint low, byte high)
    {
        var seconds = ((long)high << 32) | low;
        return seconds == 0 || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? null : DateTimeOffset.FromUnixTimeSeconds(seconds);
    }
}
