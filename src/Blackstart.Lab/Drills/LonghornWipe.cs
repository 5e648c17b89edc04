using System.Text.Json.Nodes;
using Blackstart.Core.Planning;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Longhorn;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Lab.Drills;

/// <summary>
/// What was done in April to get unstuck: with Longhorn's manager down, the finalizers of all of its objects are taken off, its
/// definitions deleted with everything in them, and made again; then the Volume objects are applied anew, under their old names.
/// </summary>
internal sealed class LonghornWipe(LabLayout layout, TimeProvider time)
{
    private const string Group = "longhorn.io";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Wipes and makes again. Safe to repeat.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, time, cancellationToken);
        foreach (var definition in await DefinitionsAsync(client, cancellationToken))
        {
            await DropFinalizersAsync(client, definition, cancellationToken);
            await client.DeleteAsync(ResourceType.CustomResourceDefinitions, null, definition.Name(), cancellationToken);
        }

        while ((await DefinitionsAsync(client, cancellationToken)).Count > 0)
        {
            await Task.Delay(Poll, time, cancellationToken);
        }

        await client.ApplyAsync(LonghornCrds.Yaml, cancellationToken);
        while ((await DefinitionsAsync(client, cancellationToken)).Any(d => !IsEstablished(d)))
        {
            await Task.Delay(Poll, time, cancellationToken);
        }

        foreach (var volume in await CapturedAsync(cancellationToken))
        {
            await client.ApplyAsync(volume, cancellationToken);
        }
    }

    /// <summary>Whether every volume is attached again, by the pods that want it, with new engines over new replicas.</summary>
    public async Task<ProbeAnswer> AskServedAnewAsync(CancellationToken cancellationToken)
    {
        using var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, time, cancellationToken);
        foreach (var captured in await CapturedAsync(cancellationToken))
        {
            var volume = await client.GetAsync(ResourceType.Longhorn("volumes"), captured.Namespace(), captured.Name(), cancellationToken);
            var state = volume.TextAt("status", "state") ?? "not there";
            if (state != "attached")
            {
                return ProbeAnswer.No($"volume {captured.Name()} is {state}");
            }
        }

        return ProbeAnswer.Yes("every volume is served anew, by a new engine");
    }

    private async Task<IReadOnlyList<JsonObject>> CapturedAsync(CancellationToken cancellationToken) =>
        [.. YamlDocuments.Parse(await File.ReadAllTextAsync(layout.CapturedVolumes, cancellationToken)).Where(o => o.TextAt("kind") == "Volume")];

    private static async Task<List<JsonObject>> DefinitionsAsync(ClusterClient client, CancellationToken cancellationToken) =>
        [.. (await client.ListAsync(ResourceType.CustomResourceDefinitions, null, cancellationToken)).Where(d => d.TextAt("spec", "group") == Group)];

    private static bool IsEstablished(JsonObject definition) =>
        definition.ItemsAt("status", "conditions").Any(c => c.TextAt("type") == "Established" && c.TextAt("status") == "True");

    private static async Task DropFinalizersAsync(ClusterClient client, JsonObject definition, CancellationToken cancellationToken)
    {
        var type = ResourceType.Longhorn(definition.TextAt("spec", "names", "plural")!);
        foreach (var item in await client.ListAsync(type, null, cancellationToken))
        {
            if (item.At("metadata", "finalizers") is JsonArray { Count: > 0 })
            {
                await client.PatchAsync(type, item.Namespace(), item.Name(), new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }, cancellationToken);
            }
        }
    }
}
