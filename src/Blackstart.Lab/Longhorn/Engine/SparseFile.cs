using System.Globalization;
using System.Runtime.InteropServices;
using Blackstart.Longhorn.Blocks;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>What a sparse file can tell and do beyond reading and writing (lseek(2), fallocate(2), fdatasync(2)).</summary>
internal static partial class SparseFile
{
    private const int NoSuchData = 6; // ENXIO
    private const int KeepSize = 1; // FALLOC_FL_KEEP_SIZE
    private const int PunchHole = 2; // FALLOC_FL_PUNCH_HOLE
    private static readonly int SeekData = OperatingSystem.IsMacOS() ? 4 : 3;
    private static readonly int SeekHole = OperatingSystem.IsMacOS() ? 3 : 4;

    /// <summary>Opens an image for reading and writing; sharing is the engine's business.</summary>
    public static SafeFileHandle Open(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The allocated ranges within a range, as offset and length in bytes.</summary>
    public static IEnumerable<(long Offset, long Length)> Data(SafeFileHandle file, long from, long to)
    {
        while (from < to)
        {
            var start = Seek(file, from, SeekData);
            if (start < 0 || start >= to)
            {
                yield break;
            }

            var end = Math.Min(Seek(file, start, SeekHole), to);
            yield return (start, end - start);
            from = end;
        }
    }

    /// <summary>
    /// Where an open file is in the file system by now (proc(5), /proc/PID/fd); it changes when the file or a directory above it is
    /// renamed or deleted. Null where that cannot be told.
    /// </summary>
    public static string? PlaceOf(SafeFileHandle file) => OperatingSystem.IsLinux()
        ? new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}")).LinkTarget
        : null;

    /// <summary>Makes a range a hole; false where that cannot be done.</summary>
    public static bool TryPunch(SafeFileHandle file, long offset, long length) =>
        OperatingSystem.IsLinux() && Allocate(file, PunchHole | KeepSize, offset, length) == 0;

    /// <summary>Puts the file's data, and the metadata needed to find them, on stable storage.</summary>
    public static void Flush(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
        }
        else if (Synchronize(file) != 0)
        {
            throw BlockError.Exception(Marshal.GetLastPInvokeError(), "Flushing an image");
        }
    }

    private static long Seek(SafeFileHandle file, long offset, int whence)
    {
        var found = Seek64(file, offset, whence);
        if (found >= 0)
        {
            return found;
        }

        var errno = Marshal.GetLastPInvokeError();
        return errno == NoSuchData ? -1 : throw BlockError.Exception(errno, "Asking for the holes of an image");
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek64(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Synchronize(SafeFileHandle file);
}
