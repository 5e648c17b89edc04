using Blackstart.Core.Errors;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Vault;

/// <summary>Opens the device Vault's data is on: an NBD export of a volume's engine, or a file.</summary>
internal static class VaultDevice
{
    /// <summary>Opens a device by its address.</summary>
    /// <param name="address"><c>nbd+unix:///VOLUME?socket=PATH</c>, <c>nbd://HOST:PORT/VOLUME</c>, or the path of a file.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="BlackstartException">BS6202: it cannot be opened.</exception>
    public static async Task<IBlockDevice> OpenAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            return address.StartsWith("nbd", StringComparison.Ordinal) && address.Contains("://", StringComparison.Ordinal)
                ? await NbdClient.ConnectAsync(new Uri(address), cancellationToken)
                : FileBlockDevice.Open(address);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or System.Net.Sockets.SocketException)
        {
            throw new BlackstartException(
                "BS6202",
                ExitCode.CouldNotVerify,
                $"opening Vault's device {address}",
                error.Message,
                "See whether its volume is attached: 'kubectl -n longhorn-system get volumes.longhorn.io'",
                error);
        }
    }
}
