using System.Runtime.InteropServices;

namespace Blackstart.Core.Evidence;

/// <summary>Files that are there as a whole or not at all, and still there after a power cut.</summary>
public static partial class DurableFile
{
    /// <summary>Writes beside the file, flushes, renames over it, and flushes the folder.</summary>
    /// <exception cref="IOException">It cannot be written, or it is there and <paramref name="overwrite"/> is false; what was there is as it was.</exception>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, bool overwrite, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(folder, TemporaryName);
        await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await file.WriteAsync(bytes, cancellationToken);
            await file.FlushAsync(cancellationToken);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
        }

        File.Move(temporary, path, overwrite);
        FlushFolder(folder);
    }

    /// <summary>Name of the file that is written before it is renamed; what a crash leaves of it is overwritten the next time.</summary>
    public const string TemporaryName = ".writing";

    /// <summary>Makes the folder's entries outlive a power cut.</summary>
    public static void FlushFolder(string folder)
    {
        var descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open {folder} to flush it: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw new IOException($"Cannot flush {folder}: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    // FileStream opens no folders, hence open(2), fsync(2) and close(2). O_RDONLY is 0 on Linux and macOS.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
