using System.Globalization;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Kubelet;

/// <summary>Puts a file system on a blank device, as a CSI driver does before it mounts a volume for the first time.</summary>
/// <remarks>This is also how an empty volume that took the place of a lost one becomes an empty, mountable file system.</remarks>
internal static class DeviceFormat
{
    private const int Probe = 64 * 1024;
    private const int Block = 64 * 1024;

    /// <summary>Formats the device unless it bears something.</summary>
    /// <returns>Whether it was formatted.</returns>
    public static async Task<bool> EnsureAsync(Uri device, string temporaryFolder, ICommandLine commandLine, CancellationToken cancellationToken)
    {
        await using var client = await NbdClient.ConnectAsync(device, cancellationToken);
        var start = new byte[Math.Min(Probe, client.Size)];
        await client.ReadAsync(0, start, cancellationToken);
        if (start.AsSpan().ContainsAnyExcept((byte)0))
        {
            return false;
        }

        var image = Path.Combine(temporaryFolder, $"mkfs-{Guid.NewGuid():N}.img");
        try
        {
            await using (var file = new FileStream(image, FileMode.CreateNew, FileAccess.Write))
            {
                file.SetLength(client.Size);
            }

            await commandLine.RunAsync(
                new Command("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", image, string.Create(CultureInfo.InvariantCulture, $"{client.Size / 4096}")),
                cancellationToken);
            await CopyAsync(image, client, cancellationToken);
        }
        finally
        {
            File.Delete(image);
        }

        return true;
    }

    /// <summary>Writes the non-zero blocks of a sparse image to a blank device, and flushes.</summary>
    public static async Task CopyAsync(string image, IBlockDevice device, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(image, FileMode.Open, FileAccess.Read);
        var buffer = new byte[Block];
        for (long offset = 0; offset < device.Size; offset += Block)
        {
            var length = await file.ReadAtLeastAsync(buffer.AsMemory(0, (int)Math.Min(Block, device.Size - offset)), Block, throwOnEndOfStream: false, cancellationToken);
            if (length > 0 && buffer.AsSpan(0, length).ContainsAnyExcept((byte)0))
            {
                await device.WriteAsync(offset, buffer.AsMemory(0, length), cancellationToken);
            }
        }

        await device.FlushAsync(cancellationToken);
    }
}
