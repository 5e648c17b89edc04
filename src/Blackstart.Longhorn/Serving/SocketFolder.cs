using System.Globalization;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Serving;

/// <summary>Where a socket may be made: in a folder there is, and nowhere near a replica.</summary>
internal static class SocketFolder
{
    private static readonly EnumerationOptions Unhindered = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };

    /// <summary>Checks the folder of a socket.</summary>
    /// <exception cref="SalvageException">The folder is refused.</exception>
    internal static void Check(string socketPath)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(socketPath)) ?? "/";
        string real;
        try
        {
            real = RealPath(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SalvageException(SalvageCode.CannotListen, $"the folder of the socket {socketPath} cannot be used: {failure.Message}", failure);
        }

        for (var above = real; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(Path.Combine(above, "volume.meta"))
                || Directory.EnumerateFiles(above, "volume-head-*.img", Unhindered).Any()
                || (Path.GetFileName(above) is "replicas" or "backing-images" && File.Exists(Path.Combine(above, "..", "longhorn-disk.cfg"))))
            {
                throw new SalvageException(SalvageCode.TargetInsideReplica, $"{socketPath} would lie in {above}, which belongs to Longhorn");
            }
        }
    }

    /// <summary>The folder with every symbolic link followed, as the kernel names what it opened.</summary>
    private static string RealPath(string folder)
    {
        var descriptor = NativeMethods.OpenAt(NativeMethods.AtCurrentDirectory, folder, NativeMethods.OpenReadOnly | NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec, 0);
        if (descriptor < 0)
        {
            throw ReadOnlyDirectory.Failure(folder);
        }

        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);
        return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}")).LinkTarget ?? folder;
    }
}
