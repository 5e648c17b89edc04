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

    /// <summary>Checks that a file does not lie among replicas.</summary>
    /// <param name="file">The file.</param>
    /// <param name="target">What the operator named.</param>
    /// <exception cref="SalvageException">It does.</exception>
    internal static void CheckFolder(string file, string target) => CheckAbove(RealPath.Of(Path.GetDirectoryName(file) ?? "/"), target);

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

        var real = RealPath.Of(folder);
        CheckAbove(real, path);
        return real;
    }

    private static void CheckAbove(string real, string path)
    {
        for (var above = real; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(Path.Combine(above, "volume.meta"))
                || Directory.EnumerateFiles(above, "volume-head-*.img", Unhindered).Any()
                || (Path.GetFileName(above) is "replicas" or "backing-images" && File.Exists(Path.Combine(above, "..", "longhorn-disk.cfg"))))
            {
                throw new SalvageException(SalvageCode.TargetInsideReplica, $"{path} would lie in {above}, which belongs to Longhorn");
            }
        }
    }

    private static void CheckRoom(string path, string directory, long dataBytes)
    {
        var free = new DriveInfo(directory).AvailableFreeSpace;
        if (free < dataBytes)
        {
            throw new SalvageException(SalvageCode.TargetTooSmall, $"{path} needs {dataBytes} bytes and its file system has {free} free");
        }
    }
}
