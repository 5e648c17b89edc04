using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Files;

/// <summary>Lists an open directory: the very one that is open, even if its path leads elsewhere by now.</summary>
internal static unsafe class DirectoryListing
{
    private const int BufferLength = 16 << 10;

    // struct linux_dirent64 (linux/dirent.h): inode and offset of 8 bytes each, length of the record, type, name.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    /// <summary>The entries in the directory's own order. The directory must not have been listed before.</summary>
    /// <exception cref="IOException">It cannot be listed.</exception>
    internal static List<DirectoryEntry> Read(SafeFileHandle directory, string path)
    {
        var entries = new List<DirectoryEntry>();
        var buffer = stackalloc byte[BufferLength];
        while (true)
        {
            var read = (int)NativeMethods.GetDirectoryEntries((int)directory.DangerousGetHandle(), buffer, BufferLength);
            if (read < 0)
            {
                throw ReadOnlyDirectory.Failure(path);
            }

            if (read == 0)
            {
                return entries;
            }

            for (var position = 0; position < read;)
            {
                var record = new ReadOnlySpan<byte>(buffer + position, read - position);
                var length = BinaryPrimitives.ReadUInt16LittleEndian(record[LengthOffset..]);
                var name = record[NameOffset..length];
                name = name[..name.IndexOf((byte)0)];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    entries.Add(new DirectoryEntry(Encoding.UTF8.GetString(name), KindOf(record[TypeOffset])));
                }

                position += length;
            }
        }
    }

    /// <summary>The types of <c>dirent.h</c>.</summary>
    private static FileKind KindOf(byte type) => type switch
    {
        1 => FileKind.Fifo,
        2 => FileKind.CharacterDevice,
        4 => FileKind.Directory,
        6 => FileKind.BlockDevice,
        8 => FileKind.Regular,
        10 => FileKind.SymbolicLink,
        12 => FileKind.Socket,
        _ => FileKind.Other,
    };
}
