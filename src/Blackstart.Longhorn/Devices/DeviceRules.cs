using System.Globalization;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Devices;

/// <summary>Which block devices of this machine may be written: none that is in use, and none that is a file of a replica in disguise.</summary>
internal static class DeviceRules
{
    /// <summary>Folders whose links the system itself makes (udev, device mapper); a link anywhere else may have been put there to lead astray.</summary>
    private static readonly string[] LinksOfTheSystem = ["/dev/disk/", "/dev/mapper/"];

    /// <summary>Whether a path names a block device, through a link of the system or directly.</summary>
    /// <exception cref="SalvageException">It is a link that somebody else made to a device.</exception>
    internal static bool IsDevice(string path)
    {
        var status = ReadOnlyDirectory.StatusOf(path);
        if (status is { Kind: FileKind.BlockDevice })
        {
            return true;
        }

        return status is { Kind: FileKind.SymbolicLink }
            && Array.Exists(LinksOfTheSystem, folder => path.StartsWith(folder, StringComparison.Ordinal))
            && ReadOnlyDirectory.StatusBehind(path) is { Kind: FileKind.BlockDevice };
    }

    /// <summary>Opens a device for writing, exclusively.</summary>
    /// <exception cref="SalvageException">It is refused or cannot be opened.</exception>
    internal static BlockDeviceFile Open(string path)
    {
        if (!IsDevice(path))
        {
            var status = ReadOnlyDirectory.StatusOf(path);
            throw status is { Kind: FileKind.SymbolicLink }
                ? new SalvageException(SalvageCode.TargetIsLink, $"{path} is a symbolic link to {RealPath.Of(path)}")
                : new SalvageException(SalvageCode.TargetKindInvalid, status is null ? $"{path} does not exist" : $"{path} is {status.Value.KindInWords}, not a block device");
        }

        var real = RealPath.Of(path);
        if (ReadOnlyDirectory.StatusOf(real) is not { Kind: FileKind.BlockDevice } device)
        {
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{real} is no block device any more");
        }

        var number = string.Create(CultureInfo.InvariantCulture, $"{device.OwnMajor}:{device.OwnMinor}");
        CheckUse(path, number);
        CheckBackingFile(path, number);
        return BlockDeviceFile.OpenForWriting(real);
    }

    private static void CheckUse(string path, string number)
    {
        // The kernel refuses to open such a device exclusively; this is to say why.
        foreach (var line in Lines("/proc/self/mountinfo"))
        {
            var fields = line.Split(' ');
            if (fields.Length > 4 && fields[2] == number)
            {
                throw new SalvageException(SalvageCode.TargetInUse, $"{path} is mounted at {fields[4]}");
            }
        }

        foreach (var line in Lines("/proc/swaps").Skip(1))
        {
            if (ReadOnlyDirectory.StatusBehind(line.Split(' ')[0]) is { Kind: FileKind.BlockDevice } swap
                && string.Create(CultureInfo.InvariantCulture, $"{swap.OwnMajor}:{swap.OwnMinor}") == number)
            {
                throw new SalvageException(SalvageCode.TargetInUse, $"{path} is used as swap");
            }
        }

        var holders = $"/sys/dev/block/{number}/holders";
        if (Directory.Exists(holders) && Directory.EnumerateFileSystemEntries(holders).FirstOrDefault() is { } holder)
        {
            throw new SalvageException(SalvageCode.TargetInUse, $"{path} is part of /dev/{Path.GetFileName(holder)}");
        }
    }

    private static void CheckBackingFile(string path, string number)
    {
        if (Lines($"/sys/dev/block/{number}/loop/backing_file").FirstOrDefault() is { Length: > 0 } file)
        {
            LonghornFolders.Refuse(Path.GetDirectoryName(file) ?? "/", path);
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
