using Blackstart.Core.Errors;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Devices;

namespace Blackstart.Systems.Longhorn;

/// <summary>Opens the block device that an engine offers, by the scheme of its endpoint.</summary>
internal static class DeviceEndpoint
{
    /// <summary>Opens <c>nbd+unix:</c> and <c>nbd:</c> endpoints.</summary>
    /// <exception cref="BlackstartException"><c>BS4601</c>: it cannot be reached from here.</exception>
    public static async Task<IBlockDevice> OpenAsync(string endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return DeviceAddress.IsNbd(endpoint)
                ? await DeviceAddress.OpenForReadingAsync(endpoint, cancellationToken)
                : throw new SalvageException(SalvageCode.DeviceUnreachable, "only NBD endpoints can be opened from here; a device of another machine cannot");
        }
        catch (SalvageException e)
        {
            throw new BlackstartException(
                "BS4601",
                ExitCode.CouldNotVerify,
                $"opening the block device {endpoint}",
                e.Reason.TrimEnd('.'),
                "Check that the volume is attached: `kubectl get volumes.longhorn.io -n longhorn-system`",
                e);
        }
    }
}
