using Blackstart.Core.Errors;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;

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
            return endpoint.StartsWith("nbd", StringComparison.Ordinal) && Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)
                ? await NbdClient.ConnectAsync(uri, cancellationToken)
                : throw new FormatException("only NBD endpoints can be opened from here; a device of another machine cannot");
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            throw new BlackstartException(
                "BS4601",
                ExitCode.CouldNotVerify,
                $"opening the block device {endpoint}",
                e.Message.TrimEnd('.'),
                "Check that the volume is attached: `kubectl get volumes.longhorn.io -n longhorn-system`",
                e);
        }
    }
}
