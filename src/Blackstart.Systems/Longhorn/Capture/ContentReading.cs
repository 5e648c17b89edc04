using Blackstart.Longhorn.Devices;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Content;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>Reads what a volume holds from where its engine offers it.</summary>
internal static class ContentReading
{
    /// <summary>What a volume holds; null while it is detached, and when its device cannot be opened from this machine.</summary>
    public static async Task<VolumeContent?> ReadAsync(VolumeState volume, CancellationToken cancellationToken)
    {
        if (volume.Endpoint?.StartsWith("nbd", StringComparison.Ordinal) != true)
        {
            return null;
        }

        try
        {
            await using var device = await DeviceEndpoint.OpenAsync(volume.Endpoint, cancellationToken);
            return await DeviceContent.ReadAsync(device, cancellationToken);
        }
        catch (BlackstartException e) when (e.Code == "BS4601")
        {
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
