using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Systems.Longhorn;

/// <summary>What a volume holds, in the one word a capture keeps: <c>blank</c>, <c>raw</c>, or the file system with its identity, such as <c>ext4:UUID</c>.</summary>
internal static class DeviceContent
{
    /// <summary>The word for a volume of zeros.</summary>
    public const string Blank = "blank";

    /// <summary>The word for a volume whose content names itself nowhere.</summary>
    public const string Raw = "raw";

    private const int ChunkSize = 1 << 20;
    private const long AllocationSpan = 1L << 30;

    /// <summary>Reads the beginning of a device; one that begins with zeros is read until its first other byte, and blank only if there is none.</summary>
    public static async Task<VolumeContent> ReadAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var head = new byte[VolumeContent.HeadLength];
        await device.ReadAsync(0, head, cancellationToken);
        var content = VolumeContent.Identify(head);
        return content.Kind == ContentKind.Blank && !await IsBlankAsync(device, cancellationToken)
            ? new VolumeContent { Kind = ContentKind.Unknown }
            : content;
    }

    /// <summary>The word for what a volume holds.</summary>
    public static string WordOf(VolumeContent content) => content switch
    {
        { Kind: ContentKind.Blank } => Blank,
        { Uuid: { } uuid } => $"{content.Kind.ToString().ToLowerInvariant()}:{uuid}",
        _ => Raw,
    };

    /// <summary>Whether it can be written over without losing anything: blank, or a file system that nobody has put a file into.</summary>
    public static bool IsFresh(VolumeContent content) => content.Kind == ContentKind.Blank || content.IsFreshlyFormatted;

    private static async Task<bool> IsBlankAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var tells = device is NbdClient { CanTellAllocation: true } ? (IAllocatedBlockDevice)device : null;
        long offset = 0;
        while (offset < device.Size)
        {
            var span = Math.Min(AllocationSpan, device.Size - offset);
            IReadOnlyList<BlockExtent> extents = tells is null ? [new BlockExtent(span, Hole: false, Zero: false)] : await tells.AllocationAsync(offset, span, cancellationToken);
            foreach (var extent in extents)
            {
                if (!extent.Zero && !await IsZeroAsync(device, offset, extent.Length, cancellationToken))
                {
                    return false;
                }

                offset += extent.Length;
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
