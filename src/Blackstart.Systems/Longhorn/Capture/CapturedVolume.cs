using Blackstart.Longhorn.Devices;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>What was captured of one volume while all was well.</summary>
/// <param name="Name">The volume.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Content">What it holds, as <see cref="DeviceContent"/> spells it; null when it was never read.</param>
/// <param name="Replicas">Names of the directories that were its replicas then.</param>
/// <param name="VolumeManifest">The Volume object, as <c>kubectl apply</c> takes it.</param>
/// <param name="BindingManifests">PersistentVolume and PersistentVolumeClaim, as <c>kubectl apply</c> takes them; empty when it had none.</param>
/// <param name="Claim">Namespace and name of the claim; null when it had none.</param>
internal sealed record CapturedVolume(string Name, long Size, string? Content, IReadOnlyList<string> Replicas, string VolumeManifest, string BindingManifests, (string Namespace, string Name)? Claim)
{
    /// <summary>The Volume object's UID when it was captured: one that was made again has another. Null in captures that do not say it.</summary>
    public string? Uid { get; init; }

    /// <summary>The PersistentVolume its claim is bound to; null when it had none.</summary>
    public string? PersistentVolume { get; init; }

    /// <summary>Whether it is encrypted: since Longhorn 1.12 its replicas are larger than it by a header.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The BackingImage below it, which must be there before the Volume is made; null when it has none.</summary>
    public string? BackingImage { get; init; }
}
