using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Files;

/// <summary>
/// A directory held open by its descriptor: what is opened in it is opened relative to that descriptor, never through the
/// path again, read-only and without following links. There is no member that writes.
/// </summary>
internal sealed class ReadOnlyDirectory : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, FileStatus?> _asked = new(StringComparer.Ordinal);
    private List<DirectoryEntry>? _entries;
    private HashSet<string>? _present;

    private ReadOnlyDirectory(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        Status = StatusOf(handle);
    }

    /// <summary>The path that was opened, absolute.</summary>
    internal string Path { get; }

    internal FileStatus Status { get; }

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Opens the directory; its last name must not be a symbolic link.</summary>
    /// <exception cref="IOException">It does not exist, is not a directory, is a link, or may not be read.</exception>
    internal static ReadOnlyDirectory Open(string path)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var descriptor = NativeMethods.OpenAt(
            NativeMethods.AtCurrentDirectory,
            full,
            NativeMethods.OpenReadOnly | NativeMethods.OpenDirectory | NativeMethods.OpenNoFollow | NativeMethods.OpenCloseOnExec,
            0);
        return descriptor >= 0
            ? new ReadOnlyDirectory(full, new SafeFileHandle(descriptor, ownsHandle: true))
            : throw Failure(full);
    }

    /// <summary>Status of a path, without following a link in its last name; null if there is nothing.</summary>
    /// <exception cref="IOException">The path cannot be asked.</exception>
    internal static FileStatus? StatusOf(string path) => StatusAt(NativeMethods.AtCurrentDirectory, path, NativeMethods.AtSymlinkNoFollow);

    /// <summary>Status of an open file.</summary>
    /// <exception cref="IOException">The file cannot be asked.</exception>
    internal static FileStatus StatusOf(SafeFileHandle handle) =>
        StatusAt((int)handle.DangerousGetHandle(), string.Empty, NativeMethods.AtEmptyPath)
        ?? throw new IOException("The open file cannot be asked for its status.");

    /// <summary>Status of the file behind a path, links followed; null if there is nothing or it may not be asked.</summary>
    internal static FileStatus? StatusBehind(string path)
    {
        try
        {
            return StatusAt(NativeMethods.AtCurrentDirectory, path, 0);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The names in the directory, ordered by ordinal; listed once, so that all that is said of a directory is of one moment.</summary>
    /// <exception cref="IOException">The directory cannot be listed.</exception>
    internal List<string> Names() => Entries().ConvertAll(entry => entry.Name);

    /// <summary>The entries of the directory, ordered by the ordinals of their names; listed once.</summary>
    /// <exception cref="IOException">The directory cannot be listed.</exception>
    internal List<DirectoryEntry> Entries()
    {
        if (_entries is null)
        {
            var entries = DirectoryListing.Read(_handle, Path);
            entries.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            _present = new HashSet<string>(entries.Count, StringComparer.Ordinal);
            foreach (var entry in entries)
            {
                _present.Add(entry.Name);
            }

            _entries = entries;
        }

        return _entries;
    }

    /// <summary>Status of a name in the directory, without following it; null if there is no such name. Asked once: an open file has its own status.</summary>
    /// <exception cref="IOException">The name cannot be asked.</exception>
    internal FileStatus? StatusOfEntry(string name)
    {
        if (_present is not null && !_present.Contains(name))
        {
            return null;
        }

        if (!_asked.TryGetValue(name, out var status))
        {
            status = StatusAt(Descriptor, name, NativeMethods.AtSymlinkNoFollow);
            _asked[name] = status;
        }

        return status;
    }

    /// <summary>Opens a file of the directory read-only. It never blocks, even on a FIFO, and never follows a link.</summary>
    /// <exception cref="IOException">There is no such file or it may not be read.</exception>
    internal SafeFileHandle OpenFile(string name)
    {
        var flags = NativeMethods.OpenReadOnly | NativeMethods.OpenNoFollow | NativeMethods.OpenNonBlock | NativeMethods.OpenCloseOnExec;
        var descriptor = NativeMethods.OpenAt(Descriptor, name, flags | NativeMethods.OpenNoAccessTime, 0);
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == NativeMethods.NotPermitted)
        {
            // Only the owner may leave the access time alone.
            descriptor = NativeMethods.OpenAt(Descriptor, name, flags, 0);
        }

        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw Failure(System.IO.Path.Combine(Path, name));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    internal static IOException Failure(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    private static unsafe FileStatus? StatusAt(int directory, string path, int flags)
    {
        const uint basicStats = 0x7FF;
        StatxBuffer buffer;
        if (NativeMethods.Statx(directory, path, flags, basicStats, &buffer) == 0)
        {
            return FileStatus.From(buffer);
        }

        return Marshal.GetLastPInvokeError() is NativeMethods.NotFound or NativeMethods.NotADirectory
            ? null
            : throw Failure(path);
    }
}
