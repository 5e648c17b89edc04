using System.Buffers.Binary;
using System.Globalization;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Systems.Longhorn;

/// <summary>What a volume holds, told from its first bytes: <c>blank</c>, <c>ext:UUID</c> or <c>raw</c>.</summary>
internal static class VolumeContent
{
    public const string Blank = "blank";
    public const string Raw = "raw";

    /// <summary>How many bytes from the start tell what a volume holds.</summary>
    public const int HeadLength = 64 * 1024;

    // ext4 superblock (kernel.org, "Ext4 Disk Layout"): at byte 1024; magic at +0x38, UUID at +0x68, inode counts at +0x0 and +0x10.
    private const int Superblock = 1024;

    /// <summary>Reads the beginning of a device and tells what is there.</summary>
    public static async Task<string> ReadAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var head = new byte[(int)Math.Min(HeadLength, device.Size)];
        await device.ReadAsync(0, head, cancellationToken);
        return Of(head);
    }

    /// <summary>Whether a device is blank, or holds nothing but a file system that nobody has put a file into.</summary>
    public static async Task<bool> IsFreshAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var head = new byte[(int)Math.Min(HeadLength, device.Size)];
        await device.ReadAsync(0, head, cancellationToken);
        return IsEmpty(head);
    }

    /// <summary>Whether these first bytes are those of a blank device, or of a file system without a file.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> head) => Of(head) == Blank || IsEmptyExt(head);

    /// <summary>What a volume with these first bytes holds.</summary>
    public static string Of(ReadOnlySpan<byte> head) => IsExt(head)
        ? $"ext:{new Guid(head.Slice(Superblock + 0x68, 16), bigEndian: true).ToString("D", CultureInfo.InvariantCulture)}"
        : head.ContainsAnyExcept((byte)0) ? Raw : Blank;

    private static bool IsExt(ReadOnlySpan<byte> head) =>
        head.Length > Superblock + 0x78 && BinaryPrimitives.ReadUInt16LittleEndian(head[(Superblock + 0x38)..]) == 0xEF53;

    /// <summary>mke2fs uses the reserved inodes 1–10 and lost+found, the eleventh.</summary>
    private static bool IsEmptyExt(ReadOnlySpan<byte> head) =>
        IsExt(head)
        && BinaryPrimitives.ReadUInt32LittleEndian(head[Superblock..]) - BinaryPrimitives.ReadUInt32LittleEndian(head[(Superblock + 0x10)..]) <= 11;
}
