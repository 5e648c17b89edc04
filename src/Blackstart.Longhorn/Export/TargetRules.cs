using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Export;

/// <summary>Where an image may be written: to a new file, with room, and nowhere near a replica.</summary>
internal static class TargetRules
{
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

    private static string CheckDirectory(string path)
    {
        var folder = Path.GetDirectoryName(path) ?? "/";
        if (ReadOnlyDirectory.StatusBehind(folder) is not { Kind: FileKind.Directory })
        {
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{folder} is not an existing directory");
        }

        LonghornFolders.Refuse(folder, path);
        return folder;
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
