using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Devices;

namespace Blackstart.Longhorn.Export;

/// <summary>Where an export goes to, by what the operator named: a new image file, or a device.</summary>
internal sealed class ExportTarget : IAsyncDisposable
{
    private readonly IBlockDevice? _device;

    private ExportTarget(RawImageTarget image)
    {
        Image = image;
        Target = image;
    }

    private ExportTarget(IBlockDevice device, bool isBlank, string? overwritten)
    {
        _device = device;
        Target = new BlockDeviceTarget(device, isBlank);
        Overwritten = overwritten;
    }

    internal IMergeTarget Target { get; }

    /// <summary>The image; null for a device.</summary>
    internal RawImageTarget? Image { get; }

    /// <summary>What a device held that was written over; null if it was blank, or the target is an image.</summary>
    internal string? Overwritten { get; }

    /// <summary>Whether what is named is a device.</summary>
    internal static bool IsDevice(string to) => DeviceAddress.IsNbd(to) || DeviceRules.IsDevice(Path.GetFullPath(to));

    /// <summary>Opens and checks it; writes nothing yet.</summary>
    /// <exception cref="SalvageException">It is refused.</exception>
    internal static async Task<ExportTarget> OpenAsync(string to, long size, long dataBytes, IReadOnlyList<string> source, ExportOptions options, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(options.Time.GetUtcNow().UtcDateTime);
        if (options.Overwrite is { } date && date != today)
        {
            throw new SalvageException(SalvageCode.OverwriteDateWrong, $"the overwriting is acknowledged for {date:yyyy-MM-dd}, and today is {today:yyyy-MM-dd}");
        }

        try
        {
            if (!IsDevice(to))
            {
                return new ExportTarget(RawImageTarget.At(to, dataBytes, source));
            }
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{to} cannot be a target: {failure.Message}", failure);
        }

        var device = await DeviceAddress.OpenForWritingAsync(to, cancellationToken);
        try
        {
            if (device.Size < size)
            {
                throw new SalvageException(SalvageCode.TargetTooSmall, $"{to} holds {device.Size} bytes, the volume {size}");
            }

            return await OfDeviceAsync(to, device, options.Overwrite is not null, cancellationToken);
        }
        catch
        {
            await device.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens what was written for reading.</summary>
    internal IBlockDevice Written() => _device ?? Image!.OpenWritten();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        await (_device?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static async Task<ExportTarget> OfDeviceAsync(string to, IBlockDevice device, bool mayOverwrite, CancellationToken cancellationToken)
    {
        try
        {
            var content = await DeviceContent.ReadAsync(device, cancellationToken);
            if (!DeviceContent.IsFresh(content) && !mayOverwrite)
            {
                throw new SalvageException(SalvageCode.TargetNotFresh, $"{to} holds {(content.Kind == ContentKind.Unknown ? "data" : DeviceContent.WordOf(content))}");
            }

            return new ExportTarget(device, content.Kind == ContentKind.Blank, content.Kind == ContentKind.Blank ? null : DeviceContent.WordOf(content));
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"{to} cannot be read: {failure.Message}", failure);
        }
    }
}
