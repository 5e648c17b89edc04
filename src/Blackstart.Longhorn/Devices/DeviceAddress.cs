using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Longhorn.Devices;

/// <summary>Opens what an engine's endpoint or an operator names: an NBD URI, a block device's path, or for reading an image file.</summary>
public static class DeviceAddress
{
    /// <summary>Whether it is an NBD URI.</summary>
    /// <param name="address">What was named.</param>
    public static bool IsNbd(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.StartsWith("nbd://", StringComparison.Ordinal) || address.StartsWith("nbd+unix://", StringComparison.Ordinal);
    }

    /// <summary>Opens a device or an image file for reading. Links are followed.</summary>
    /// <param name="address">An NBD URI or a path.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">It cannot be opened.</exception>
    public static async Task<IBlockDevice> OpenForReadingAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            return IsNbd(address) ? await ConnectAsync(address, cancellationToken) : BlockDeviceFile.OpenForReading(RealPath.Of(Path.GetFullPath(address)));
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.DeviceUnreachable, $"{address} cannot be opened: {failure.Message}", failure);
        }
    }

    /// <summary>Opens a device for writing; a path of this machine exclusively, and only if <see cref="DeviceRules"/> allow it.</summary>
    /// <param name="address">An NBD URI or the path of a block device.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SalvageException">It is refused, or cannot be opened.</exception>
    public static async Task<IBlockDevice> OpenForWritingAsync(string address, CancellationToken cancellationToken)
    {
        if (!IsNbd(address))
        {
            try
            {
                return DeviceRules.Open(Path.GetFullPath(address));
            }
            catch (IOException failure)
            {
                throw new SalvageException(SalvageCode.DeviceUnreachable, $"{address} cannot be opened: {failure.Message}", failure);
            }
        }

        var client = await ConnectAsync(address, cancellationToken);
        if (!client.ReadOnly)
        {
            return client;
        }

        await client.DisposeAsync();
        throw new SalvageException(SalvageCode.TargetKindInvalid, $"{address} is offered read-only");
    }

    private static async Task<NbdClient> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            return await NbdClient.ConnectAsync(new Uri(address, UriKind.Absolute), cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or FormatException)
        {
            throw new SalvageException(SalvageCode.DeviceUnreachable, $"{address} cannot be reached: {failure.Message}", failure);
        }
    }
}
