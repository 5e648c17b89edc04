using Blackstart.Longhorn.Devices;

namespace Blackstart.Systems.Longhorn;

/// <summary>What was captured of one volume while all was well.</summary>
/// <param name="Name">The volume.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Content">What it holds, as <see cref="DeviceContent"/> spells it; null when it was not read.</param>
/// <param name="Replicas">Names of the directories that were its replicas then.</param>
/// <param name="VolumeManifest">The Volume object, as <c>kubectl apply</c> takes it.</param>
/// <param name="BindingManifests">PersistentVolume and PersistentVolumeClaim, as <c>kubectl apply</c> takes them; empty when it had none.</param>
/// <param name="Claim">Namespace and name of the claim; null when it had none.</param>
internal sealed record CapturedVolume(string Name, long Size, string? Content, IReadOnlyList<string> Replicas, string VolumeManifest, string BindingManifests, (string Namespace, string Name)? Claim);
