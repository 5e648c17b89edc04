using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Files;

/// <summary>What <c>lstat</c> tells of a file.</summary>
/// <param name="Kind">Regular file, directory, link, …</param>
/// <param name="Length">Apparent length in bytes.</param>
/// <param name="Allocated">Bytes that the file occupies.</param>
/// <param name="Links">Number of hard links.</param>
/// <param name="Device">Major and minor number of the file system's device.</param>
/// <param name="Inode">Inode number; with <paramref name="Device"/> the identity of the file.</param>
/// <param name="BlockSize">Block size of the file system in bytes.</param>
/// <param name="Modified">Last change of the content.</param>
/// <param name="ChangedSeconds">Last change of the inode, seconds since 1970.</param>
/// <param name="ChangedNanoseconds">Last change of the inode, nanoseconds within the second.</param>
/// <param name="OwnMajor">Of a device, its own major number.</param>
/// <param name="OwnMinor">Of a device, its own minor number.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileStatus(
    FileKind Kind,
    long Length,
    long Allocated,
    uint Links,
    ulong Device,
    ulong Inode,
    uint BlockSize,
    DateTimeOffset Modified,
    long ChangedSeconds,
    uint ChangedNanoseconds,
    uint OwnMajor = 0,
    uint OwnMinor = 0)
{
    internal FileIdentity Identity => new(Device, Inode);

    internal string KindInWords => Kind switch
    {
        FileKind.Regular => "a regular file",
        FileKind.Directory => "a directory",
        FileKind.SymbolicLink => "a symbolic link",
        FileKind.Fifo => "a FIFO",
        FileKind.CharacterDevice => "a character device",
        FileKind.BlockDevice => "a block device",
        FileKind.Socket => "a socket",
        _ => "of an unknown kind",
    };

    /// <summary>Whether a later status of the same file tells of a write since.</summary>
    internal bool IsOtherContent(FileStatus later) => later.Length != Length || later.Modified != Modified;

    internal static FileStatus From(StatxBuffer buffer) => new(
        (buffer.Mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.SymbolicLink,
            0x1000 => FileKind.Fifo,
            0x2000 => FileKind.CharacterDevice,
            0x6000 => FileKind.BlockDevice,
            0xC000 => FileKind.Socket,
            _ => FileKind.Other,
        },
        (long)Math.Min(buffer.Size, long.MaxValue),
        (long)Math.Min(buffer.Blocks, long.MaxValue / 512) * 512,
        buffer.Links,
        ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor,
        buffer.Inode,
        buffer.BlockSize,
        ToTime(buffer.ModifiedSeconds, buffer.ModifiedNanoseconds),
        buffer.ChangedSeconds,
        buffer.ChangedNanoseconds,
        buffer.OwnMajor,
        buffer.OwnMinor);

    private static DateTimeOffset ToTime(long seconds, uint nanoseconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, -62135596800, 253402300799)).AddTicks(nanoseconds / 100);
}
