using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>Writes a pod's status.</summary>
internal sealed class PodReport(KubeletContext context, JsonObject pod, ContainerRecord container)
{
    private readonly Dictionary<string, (string Status, string Since)> _conditions = ReadConditions(pod);
    private readonly string _startTime = pod.TextAt("status", "startTime") ?? context.Now();
    private string? _sent;

    /// <summary>Sends what changed since the last time; false when the pod is gone.</summary>
    public async Task<bool> SendAsync(string phase, CancellationToken cancellationToken)
    {
        var status = Describe(phase);
        var text = status.ToJsonString();
        if (text == _sent)
        {
            return true;
        }

        var written = await context.Client.PatchStatusAsync(ResourceType.Pods, pod.Namespace(), pod.Name(), status, cancellationToken);
        _sent = text;
        return written?.Uid() == pod.Uid();
    }

    private static Dictionary<string, (string Status, string Since)> ReadConditions(JsonObject pod)
    {
        var conditions = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        foreach (var condition in pod.ItemsAt("status", "conditions"))
        {
            if (condition.TextAt("type") is { } type)
            {
                conditions[type] = (condition.TextAt("status") ?? "", condition.TextAt("lastTransitionTime") ?? "");
            }
        }

        return conditions;
    }

    private JsonObject Describe(string phase)
    {
        var ended = phase is "Succeeded" or "Failed";
        var conditions = new JsonArray(
            Condition("PodReadyToStartContainers", !ended, reason: null, message: null),
            Condition("Initialized", true, reason: null, message: null),
            Condition("Ready", container.Ready, Unready(phase), $"containers with unready status: [{container.Name}]"),
            Condition("ContainersReady", container.Ready, Unready(phase), $"containers with unready status: [{container.Name}]"),
            Condition("PodScheduled", true, reason: null, message: null));
        return new JsonObject
        {
            ["phase"] = phase,
            ["hostIP"] = "127.0.0.1",
            ["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = "127.0.0.1" }),
            ["podIP"] = "127.0.0.1",
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = "127.0.0.1" }),
            ["startTime"] = _startTime,
            ["qosClass"] = pod.TextAt("status", "qosClass") ?? "BestEffort",
            ["conditions"] = conditions,
            ["containerStatuses"] = new JsonArray(container.Describe()),
        };
    }

    private static string Unready(string phase) => phase switch
    {
        "Succeeded" => "PodCompleted",
        "Failed" => "PodFailed",
        _ => "ContainersNotReady",
    };

    private JsonObject Condition(string type, bool holds, string? reason, string? message)
    {
        var status = holds ? "True" : "False";
        if (!_conditions.TryGetValue(type, out var known) || known.Status != status)
        {
            _conditions[type] = known = (status, context.Now());
        }

        var condition = new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = known.Since,
        };
        if (!holds && reason is not null)
        {
            condition["reason"] = reason;
            condition["message"] = message;
        }

        return condition;
    }
}
