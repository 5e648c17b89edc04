using System.Text.Json.Nodes;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Longhorn;

/// <summary>Longhorn's objects (group <c>longhorn.io</c>, version <c>v1beta2</c>) as the cluster tells them.</summary>
internal sealed class LonghornApi(KubernetesReader reader, string @namespace)
{
    public string Namespace => @namespace;

    private string Root => $"/apis/longhorn.io/v1beta2/namespaces/{@namespace}";

    /// <summary>One volume with what belongs to it; null when there is no such Volume object.</summary>
    public async Task<VolumeState?> FindVolumeAsync(string name, CancellationToken cancellationToken)
    {
        if (await reader.GetAsync($"{Root}/volumes/{name}", cancellationToken) is not { } volume)
        {
            return null;
        }

        var engines = await OfVolumeAsync("engines", name, cancellationToken);
        var replicas = await OfVolumeAsync("replicas", name, cancellationToken);
        var attachment = await reader.GetAsync($"{Root}/volumeattachments/{name}", cancellationToken);
        return new VolumeState(name, volume, engines, replicas, attachment);
    }

    /// <summary>All Volume objects.</summary>
    public Task<IReadOnlyList<JsonObject>> ListVolumesAsync(CancellationToken cancellationToken) => reader.ListAsync($"{Root}/volumes", cancellationToken);

    /// <summary>All Setting objects, by name.</summary>
    public async Task<IReadOnlyDictionary<string, JsonObject>> ListSettingsAsync(CancellationToken cancellationToken) =>
        (await reader.ListAsync($"{Root}/settings", cancellationToken)).ToDictionary(s => s["metadata"]!["name"]!.GetValue<string>(), StringComparer.Ordinal);

    private async Task<IReadOnlyList<JsonObject>> OfVolumeAsync(string plural, string volume, CancellationToken cancellationToken) =>
        [.. (await reader.ListAsync($"{Root}/{plural}", cancellationToken)).Where(o => o["spec"]?["volumeName"]?.GetValue<string>() == volume)];
}
