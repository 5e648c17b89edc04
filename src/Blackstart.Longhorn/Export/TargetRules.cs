using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Export;

/// <summary>Where an image may be written: to a new file, with room, and nowhere near a replica.</summary>
internal static class TargetRules
{
    private static readonly EnumerationOptions Unhindered = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };

    /// <summary>Checks a place for an image of so many bytes of data.</summary>
    /// <exception cref="SalvageException">The place is refused.</exception>
    internal static void Check(string path, long dataBytes)
    {
        try
        {
            CheckName(path);
            var directory = CheckDirectory(path);
            CheckRoom(path, directory, dataBytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{path} cannot be written to: {failure.Message}", failure);
        }
    }

    private static void CheckName(string path)
    {
        switch (ReadOnlyDirectory.StatusOf(path)?.Kind)
        {
            case null:
                break;
            case FileKind.SymbolicLink:
                throw new SalvageException(SalvageCode.TargetIsLink, $"{path} is a symbolic link");
            case FileKind.Regular:
                throw new SalvageException(SalvageCode.TargetExists, $"{path} exists");
            default:
                throw new SalvageException(SalvageCode.TargetKindInvalid, $"{path} is {ReadOnlyDirectory.StatusOf(path)!.Value.KindInWords}");
        }
    }

    /// <summary>Follows the folder to where it really is and looks at each one above for the marks of a replica or a disk.</summary>
    private static string CheckDirectory(string path)
    {
        var folder = Path.GetDirectoryName(path) ?? "/";
        if (ReadOnlyDirectory.StatusBehind(folder) is not { Kind: FileKind.Directory })
        {
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{folder} is not an existing directory");
        }

        var real = RealPath(folder);
        for (var above = real; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(Path.Combine(above, "volume.meta"))
                || Directory.EnumerateFiles(above, "volume-head-*.img", Unhindered).Any()
                || (Path.GetFileName(above) is "replicas" or "backing-images" && File.Exists(Path.Combine(above, "..", "longhorn-disk.cfg"))))
            {
                throw new SalvageException(SalvageCode.TargetInsideReplica, $"{path} would lie in {above}, which belongs to Longhorn");
            }
        }

        return real;
    }

    private static void CheckRoom(string path, string directory, long dataBytes)
    {
        var free = new DriveInfo(directory).AvailableFreeSpace;
        if (free < dataBytes)
        {
            throw new SalvageException(SalvageCode.TargetTooSmall, $"{path} needs {dataBytes} bytes and its file system has {free} free");
        }
    }

    private static string RealPath(string folder)
    {
        // The current folder of a process is always the real one, but there is only one per process: resolve name by name.
        var real = "/";
        var rest = new Stack<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; rest.TryPop(out var name);)
        {
            if (name is "." or "..")
            {
                real = name == ".." ? Path.GetDirectoryName(real) ?? "/" : real;
                continue;
            }

            var next = Path.Combine(real, name);
            if (ReadOnlyDirectory.StatusOf(next) is not { Kind: FileKind.SymbolicLink })
            {
                real = next;
                continue;
            }

            if (++links > 40)
            {
                throw new IOException($"{folder}: too many symbolic links");
            }

            var target = new FileInfo(next).LinkTarget!;
            real = Path.IsPathRooted(target) ? "/" : real;
            foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                rest.Push(part);
            }
        }

        return real;
    }
}
