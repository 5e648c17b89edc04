using System.Text.RegularExpressions;

namespace Blackstart.Longhorn.Replicas;

/// <summary>The names that the engine gives to layers (<c>pkg/util/disk/constant.go</c>). Anything else is refused before it reaches a path.</summary>
internal static partial class LayerName
{
    internal const string SnapshotPrefix = "volume-snap-";
    internal const string HeadPrefix = "volume-head-";
    internal const string ImageSuffix = ".img";
    internal const string MetadataSuffix = ".meta";
    private const int LongestFileName = 255;

    internal static bool IsHead(string name) => name.Length <= LongestFileName && Head().IsMatch(name);

    internal static bool IsSnapshot(string name) => name.Length <= LongestFileName - MetadataSuffix.Length && Snapshot().IsMatch(name);

    /// <summary>The snapshot's own name, as the Snapshot object has it.</summary>
    internal static string SnapshotOf(string image) => image[SnapshotPrefix.Length..^ImageSuffix.Length];

    [GeneratedRegex(@"\Avolume-head-[0-9]{3,}\.img\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Head();

    [GeneratedRegex(@"\Avolume-snap-[A-Za-z0-9][A-Za-z0-9._-]*\.img\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Snapshot();
}
