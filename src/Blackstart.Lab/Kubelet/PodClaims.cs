using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>The Longhorn volumes behind a pod's claims.</summary>
internal static class PodClaims
{
    /// <summary>Names of the claims a pod mounts.</summary>
    public static IEnumerable<string> Names(JsonObject pod) =>
        pod.ItemsAt("spec", "volumes").Select(volume => volume.TextAt("persistentVolumeClaim", "claimName")).OfType<string>();

    /// <summary>The volume behind one claim.</summary>
    /// <exception cref="MountException">The claim is missing, not bound, or not one of Longhorn's.</exception>
    public static async Task<(string Volume, string Mode)> ResolveAsync(ClusterClient client, string? ns, string claimName, CancellationToken cancellationToken)
    {
        var claim = await client.GetAsync(ResourceType.PersistentVolumeClaims, ns, claimName, cancellationToken)
            ?? throw new MountException("FailedMount", $"persistentvolumeclaim \"{claimName}\" not found");
        var name = claim.TextAt("spec", "volumeName");
        if (string.IsNullOrEmpty(name) || claim.TextAt("status", "phase") != "Bound")
        {
            throw new MountException("FailedMount", $"persistentvolumeclaim \"{claimName}\" is not bound to a volume");
        }

        var volume = await client.GetAsync(ResourceType.PersistentVolumes, null, name, cancellationToken)
            ?? throw new MountException("FailedMount", $"persistentvolume \"{name}\" not found");
        return volume.TextAt("spec", "csi", "driver") == LonghornAttacher.Driver && volume.TextAt("spec", "csi", "volumeHandle") is { } handle
            ? (handle, volume.TextAt("spec", "volumeMode") ?? "Filesystem")
            : throw new MountException("FailedMount", $"persistentvolume \"{name}\" is not one of {LonghornAttacher.Driver}");
    }

    /// <summary>The volumes of all of a pod's claims that can be told now.</summary>
    public static async Task<IReadOnlyList<string>> VolumesAsync(ClusterClient client, JsonObject pod, CancellationToken cancellationToken)
    {
        var volumes = new List<string>();
        foreach (var claim in Names(pod))
        {
            try
            {
                volumes.Add((await ResolveAsync(client, pod.Namespace(), claim, cancellationToken)).Volume);
            }
            catch (MountException)
            {
                // Nothing is attached for a claim without a volume.
            }
        }

        return volumes;
    }
}
