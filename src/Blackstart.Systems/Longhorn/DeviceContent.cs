using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Content;

namespace Blackstart.Systems.Longhorn;

/// <summary>What a volume holds, in the one word a capture keeps: <c>blank</c>, <c>raw</c>, or the file system with its identity, such as <c>ext4:UUID</c>.</summary>
internal static class DeviceContent
{
    /// <summary>The word for a volume without a byte in its beginning.</summary>
    public const string Blank = "blank";

    /// <summary>The word for a volume whose content names itself nowhere.</summary>
    public const string Raw = "raw";

    /// <summary>Reads the beginning of a device.</summary>
    public static async Task<VolumeContent> ReadAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var head = new byte[VolumeContent.HeadLength];
        await device.ReadAsync(0, head, cancellationToken);
        return VolumeContent.Identify(head);
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
}
