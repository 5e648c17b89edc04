using Blackstart.Longhorn.Content;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>How a capture is taken.</summary>
/// <param name="Namespace">Longhorn's namespace.</param>
public sealed record CaptureOptions(string Namespace)
{
    /// <summary>
    /// What may be missing from the new capture, or may have been made again since the last one: names of volumes (with their persistent
    /// volume and claim), or <c>Kind/name</c>.
    /// </summary>
    public IReadOnlyList<string> Forget { get; init; } = [];

    /// <summary>Whether whoever captures has verified the volumes: those made again since the last capture, and what else is gone, are meant to be so.</summary>
    public bool IsVerified { get; init; }

    /// <summary>What a volume holds; null when it cannot be read.</summary>
    internal Func<VolumeState, CancellationToken, Task<VolumeContent?>> ReadContent { get; init; } = ContentReading.ReadAsync;
}
