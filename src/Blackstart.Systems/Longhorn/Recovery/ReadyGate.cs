using System.Text.Json.Nodes;
using Blackstart.Core.Planning;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>Whether Longhorn takes objects: its definitions are served, and its admission webhook, where there is one, has somebody behind it.</summary>
internal sealed class ReadyGate(LonghornScope longhorn)
{
    private static readonly string[] Needed = ["volumes", "volumeattachments", "engines", "replicas", "settings"];

    private KubernetesReader Reader => longhorn.Systems.KubernetesReader;

    /// <summary>The step that waits for it.</summary>
    public Step Step() => new($"{longhorn.Name}/ready", "Wait until Longhorn takes objects", new Probe("ready", "Longhorn's definitions are served and its webhook answers", (_, cancellationToken) => AskAsync(cancellationToken)))
    {
        Component = longhorn.Name,
        Timeout = TimeSpan.FromMinutes(10),
        ByHand = $"kubectl get pods -n {longhorn.Api.Namespace}",
    };

    private async Task<ProbeAnswer> AskAsync(CancellationToken cancellationToken)
    {
        var served = await Reader.GetAsync("/apis/longhorn.io/v1beta2", cancellationToken);
        var names = (served?["resources"]?.AsArray() ?? []).Select(r => r?["name"]?.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        if (Needed.Where(n => !names.Contains(n)).ToList() is { Count: > 0 } missing)
        {
            return ProbeAnswer.No($"the cluster does not serve {string.Join(", ", missing)} of longhorn.io/v1beta2");
        }

        foreach (var kind in (string[])["validatingwebhookconfigurations", "mutatingwebhookconfigurations"])
        {
            foreach (var (@namespace, name) in await ServicesAsync(kind, cancellationToken))
            {
                var slices = await Reader.ListAsync($"/apis/discovery.k8s.io/v1/namespaces/{@namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3D{name}", cancellationToken);
                if (!slices.SelectMany(s => s["endpoints"]?.AsArray() ?? []).Any(IsReady))
                {
                    return ProbeAnswer.No($"its webhook {@namespace}/{name} has nobody behind it yet, so nothing can be made");
                }
            }
        }

        return ProbeAnswer.Yes("Longhorn takes objects");
    }

    /// <summary>The services behind the webhooks that decide about Longhorn's objects.</summary>
    private async Task<IEnumerable<(string Namespace, string Name)>> ServicesAsync(string kind, CancellationToken cancellationToken)
    {
        var configurations = await Reader.ListAsync($"/apis/admissionregistration.k8s.io/v1/{kind}", cancellationToken);
        return configurations
            .SelectMany(c => c["webhooks"]?.AsArray() ?? [])
            .OfType<JsonObject>()
            .Where(w => (w["rules"]?.AsArray() ?? []).SelectMany(r => r?["apiGroups"]?.AsArray() ?? []).Any(g => g?.GetValue<string>() == "longhorn.io"))
            .Select(w => w["clientConfig"]?["service"])
            .OfType<JsonObject>()
            .Select(s => (s["namespace"]!.GetValue<string>(), s["name"]!.GetValue<string>()))
            .Distinct()
            .ToList();
    }

    // EndpointConditions: ready is nil when it is not known, which counts as ready.
    private static bool IsReady(JsonNode? endpoint) => endpoint?["conditions"]?["ready"]?.GetValue<bool>() ?? true;
}
