using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Serving;

/// <summary>Where a socket may be made: in a folder there is, and nowhere near a replica.</summary>
internal static class SocketFolder
{
    /// <summary>Checks the folder of a socket.</summary>
    /// <exception cref="SalvageException">The folder is refused.</exception>
    internal static void Check(string socketPath)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(socketPath)) ?? "/";
            if (ReadOnlyDirectory.StatusBehind(folder) is not { Kind: FileKind.Directory })
            {
                throw new SalvageException(SalvageCode.CannotListen, $"the folder of the socket {socketPath} is not there, or not to be used");
            }

            LonghornFolders.Refuse(folder, socketPath);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SalvageException(SalvageCode.CannotListen, $"the folder of the socket {socketPath} cannot be used: {failure.Message}", failure);
        }
    }
}
