using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Content;

namespace Blackstart.Longhorn.Devices;

/// <summary>What a device holds, also in the one word a capture keeps: <c>blank</c>, <c>raw</c>, or the file system with its identity, such as <c>ext4:UUID</c>.</summary>
public static class DeviceContent
{
    /// <summary>The word for a volume of zeros.</summary>
    public const string Blank = "blank";

    /// <summary>The word for a volume whose content names itself nowhere.</summary>
    public const string Raw = "raw";

    private const int ChunkSize = 1 << 20;

    /// <summary>Reads the beginning of a device; one that begins with zeros is read until its first other byte, and blank only if there is none.</summary>
    /// <param name="device">The device.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">The device failed.</exception>
    public static async Task<VolumeContent> ReadAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(device);
        var head = new byte[VolumeContent.HeadLength];
        await device.ReadAsync(0, head.AsMemory(0, (int)Math.Min(head.Length, device.Size)), cancellationToken);
        var content = VolumeContent.Identify(head);
        return content.Kind == ContentKind.Blank && !await IsBlankAsync(device, cancellationToken)
            ? new VolumeContent { Kind = ContentKind.Unknown }
            : content;
    }

    /// <summary>The word for what a volume holds.</summary>
    /// <param name="content">What it holds.</param>
    public static string WordOf(VolumeContent content) => content switch
    {
        { Kind: ContentKind.Blank } => Blank,
        { Uuid: { } uuid } => $"{content.Kind.ToString().ToLowerInvariant()}:{uuid}",
        _ => Raw,
    };

    /// <summary>Whether it can be written over without losing anything: blank, or a file system that nobody has put a file into.</summary>
    /// <param name="content">What it holds.</param>
    public static bool IsFresh(VolumeContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.Kind == ContentKind.Blank || content.IsFreshlyFormatted;
    }

    private static async Task<bool> IsBlankAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        await foreach (var (offset, length, isZero) in DeviceAllocation.AskAsync(device, device.Size, cancellationToken))
        {
            if (!isZero && !await IsZeroAsync(device, offset, length, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<bool> IsZeroAsync(IBlockDevice device, long offset, long length, CancellationToken cancellationToken)
    {
        var buffer = new byte[(int)Math.Min(ChunkSize, length)];
        for (var end = offset + length; offset < end; offset += buffer.Length)
        {
            var chunk = buffer.AsMemory(0, (int)Math.Min(buffer.Length, end - offset));
            await device.ReadAsync(offset, chunk, cancellationToken);
            if (chunk.Span.ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }
}
