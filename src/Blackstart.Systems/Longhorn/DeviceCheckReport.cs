using Blackstart.Longhorn.Content;

namespace Blackstart.Systems.Longhorn;

/// <summary>What a device or an image holds.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hash of every byte, 64 hexadecimal digits; null if not asked for.</param>
/// <param name="Content">What its first bytes tell.</param>
/// <param name="FileSystem"><c>clean</c>, <c>damaged: REASON</c> or <c>not checked: REASON</c>; null if not asked for.</param>
public sealed record DeviceCheckReport(long Bytes, string? Sha256, VolumeContent Content, string? FileSystem)
{
    /// <summary>The word for a file system without a fault.</summary>
    public const string Clean = "clean";

    /// <summary>Whether the file system was checked and has a fault.</summary>
    public bool IsDamaged => FileSystem?.StartsWith("damaged", StringComparison.Ordinal) == true;
}
