using System.Text.Json.Nodes;

namespace Blackstart.Systems.Kubernetes;

/// <summary>What the cluster says of a workload and its pods.</summary>
/// <param name="Wanted">Replicas asked for.</param>
/// <param name="Pods">Its pods, whatever their state.</param>
public sealed record WorkloadState(int Wanted, IReadOnlyList<JsonObject> Pods)
{
    /// <summary>Pods whose condition <c>Ready</c> is <c>True</c>.</summary>
    public IReadOnlyList<JsonObject> ReadyPods => [.. Pods.Where(IsReady)];

    /// <summary>Why the pods that are not ready are not, in a few words.</summary>
    public string Trouble
    {
        get
        {
            if (Pods.Count == 0)
            {
                return "it has no pod";
            }

            var waiting = Pods.Where(p => !IsReady(p)).Select(p => $"{p["metadata"]?["name"]}: {Reason(p)}").ToList();
            return waiting.Count == 0 ? "all of its pods are ready" : string.Join("; ", waiting);
        }
    }

    /// <summary>Asks the cluster; null when there is no such workload.</summary>
    public static async Task<WorkloadState?> AskAsync(KubernetesReader reader, WorkloadName workload, CancellationToken cancellationToken)
    {
        if (await reader.GetAsync(workload.Path, cancellationToken) is not { } found)
        {
            return null;
        }

        var labels = found["spec"]?["selector"]?["matchLabels"]?.AsObject() ?? [];
        var selector = string.Join(',', labels.Select(l => $"{l.Key}={l.Value}"));
        var pods = await reader.ListAsync($"/api/v1/namespaces/{workload.Namespace}/pods?labelSelector={Uri.EscapeDataString(selector)}", cancellationToken);
        return new WorkloadState(found["spec"]?["replicas"]?.GetValue<int>() ?? 1, pods);
    }

    private static bool IsReady(JsonObject pod) =>
        pod["metadata"]?["deletionTimestamp"] is null
        && (pod["status"]?["conditions"]?.AsArray() ?? []).Any(c => c?["type"]?.GetValue<string>() == "Ready" && c["status"]?.GetValue<string>() == "True");

    private static string Reason(JsonObject pod)
    {
        if (pod["metadata"]?["deletionTimestamp"] is not null)
        {
            return "terminating";
        }

        var container = pod["status"]?["containerStatuses"]?.AsArray().FirstOrDefault();
        var waiting = container?["state"]?["waiting"];
        return waiting?["reason"]?.GetValue<string>() is { } reason
            ? waiting["message"]?.GetValue<string>() is { Length: > 0 } message ? $"{reason} ({message})" : reason
            : container?["state"]?["running"] is not null ? "running, not ready" : pod["status"]?["phase"]?.GetValue<string>() ?? "unknown";
    }
}
