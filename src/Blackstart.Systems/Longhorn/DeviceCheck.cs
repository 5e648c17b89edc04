using System.Globalization;
using Blackstart.Core.Errors;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Devices;
using Blackstart.Longhorn.Export;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Longhorn;

/// <summary>Says what a device or an image holds, without changing it: a file system is checked on a copy.</summary>
/// <param name="commandLine">Starts e2fsck.</param>
public sealed class DeviceCheck(ICommandLine commandLine)
{
    /// <summary>Reads the device.</summary>
    /// <param name="address">An NBD URI, the path of a block device, or an image file.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="progress">Told how far it has come; may be null.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="SalvageException">It cannot be opened or read.</exception>
    public async Task<DeviceCheckReport> RunAsync(string address, DeviceCheckOptions options, IProgress<CopyProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        await using var device = await DeviceAddress.OpenForReadingAsync(address, cancellationToken);
        var content = await ContentOfAsync(device, cancellationToken);
        var length = options.Bytes ?? device.Size;
        var isChecked = options.FileSystem && content.Kind is ContentKind.Ext2 or ContentKind.Ext3 or ContentKind.Ext4;
        var path = isChecked ? ScratchFile.For(string.Create(CultureInfo.InvariantCulture, $"check-{Environment.ProcessId}.raw")) : null;
        try
        {
            using var copy = path is null ? null : SparseCopy.Create(path, length);
            var digest = options.Hash || copy is not null
                ? await DeviceReadBack.RunAsync(device, length, options.Hash, copy, progress, cancellationToken)
                : null;
            var found = !options.FileSystem ? null
                : copy is null ? $"not checked: only ext2, ext3 and ext4 are, and it holds {DeviceContent.WordOf(content)}"
                : !copy.IsComplete ? $"not checked: no room for a copy in {Path.GetDirectoryName(path)}"
                : await FileSystemAsync(path!, cancellationToken);
            return new DeviceCheckReport(device.Size, digest?.ToString(), content, found);
        }
        finally
        {
            if (path is not null)
            {
                File.Delete(path);
            }
        }
    }

    private async Task<string> FileSystemAsync(string copy, CancellationToken cancellationToken)
    {
        try
        {
            return await new FileSystemCheck(commandLine).FindFaultAsync(copy, cancellationToken) is { } fault ? $"damaged: {fault}" : DeviceCheckReport.Clean;
        }
        catch (BlackstartException e) when (e.ExitCode == ExitCode.CouldNotVerify)
        {
            return $"not checked: {e.Cause}";
        }
    }

    private static async Task<VolumeContent> ContentOfAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        try
        {
            return await DeviceContent.ReadAsync(device, cancellationToken);
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"the device cannot be read: {failure.Message}", failure);
        }
    }
}
