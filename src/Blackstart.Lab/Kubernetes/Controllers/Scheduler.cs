using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>
/// Gives pods a node: one that is ready, that the pod selects and tolerates, that has the pod's images (a node of the lab has no
/// registry to pull from, and lists in its status what it can run), and that runs the fewest pods of the same owner.
/// </summary>
internal sealed class Scheduler(ObjectService objects) : Controller(objects)
{
    protected override string Name => "scheduler";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var pods = Core("pods").StoragePrefix;
        if (change.Key.StartsWith(pods, StringComparison.Ordinal))
        {
            if (change.Type != StoreEventType.Deleted && IsPending(change.Object.View))
            {
                yield return change.Key;
            }
        }
        else if (change.Key.StartsWith(Core("nodes").StoragePrefix, StringComparison.Ordinal))
        {
            foreach (var pod in Objects.List(Core("pods")).Where(pod => IsPending(pod.View)))
            {
                yield return pod.Key;
            }
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        if (Objects.Store.Get(key) is not { } pod || !IsPending(pod.View))
        {
            return;
        }

        var nodes = Objects.List(Core("nodes"));
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        var fit = new List<StoredObject>();
        foreach (var node in nodes)
        {
            if (WhyNot(pod.View, node.View) is { } reason)
            {
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            }
            else
            {
                fit.Add(node);
            }
        }

        if (fit.Count == 0)
        {
            var list = string.Join(", ", reasons.OrderBy(reason => reason.Key, StringComparer.Ordinal).Select(reason => $"{reason.Value} {reason.Key}"));
            var message = nodes.Count == 0 ? "no nodes available to schedule pods" : $"0/{nodes.Count} nodes are available: {list}.";
            await ConditionAsync(pod, "False", "Unschedulable", message, cancellationToken).ConfigureAwait(false);
            return;
        }

        var running = Objects.List(Core("pods")).Where(item => Workloads.IsActive(item.View)).ToList();
        var owner = Workloads.ControllerOf(pod.View);
        var chosen = fit
            .OrderBy(node => running.Count(item => item.View.Text("spec", "nodeName") == node.Name && owner is not null && Workloads.ControllerOf(item.View) == owner))
            .ThenBy(node => running.Count(item => item.View.Text("spec", "nodeName") == node.Name))
            .ThenBy(node => node.Name, StringComparer.Ordinal)
            .First();
        await Objects.ModifyAsync(
            Core("pods"),
            pod.Namespace,
            pod.Name,
            Options(),
            current =>
            {
                if (current.Text("spec", "nodeName") is null)
                {
                    current.Ensure("spec")["nodeName"] = chosen.Name;
                }

                return current;
            },
            cancellationToken).ConfigureAwait(false);
        await ConditionAsync(pod, "True", string.Empty, string.Empty, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsPending(JsonObject pod) =>
        pod.Text("spec", "nodeName") is null or "" && !pod.IsDeleting() && pod.Text("status", "phase") == "Pending" && pod.Text("spec", "schedulerName") == "default-scheduler";

    private static string? WhyNot(JsonObject pod, JsonObject node)
    {
        if (!Conditions.Holds(node, "Ready") || node.IsDeleting())
        {
            return "node(s) were not ready";
        }

        if (node.Flag("spec", "unschedulable") == true)
        {
            return "node(s) were unschedulable";
        }

        foreach (var (name, value) in pod.Map("spec", "nodeSelector") ?? [])
        {
            if (node.Text("metadata", "labels", name) != value.Text())
            {
                return "node(s) didn't match Pod's node affinity/selector";
            }
        }

        if (node.List("spec", "taints").Maps().Any(taint => taint.Text("effect") is "NoSchedule" or "NoExecute" && !Tolerates(pod, taint)))
        {
            return "node(s) had untolerated taint(s)";
        }

        if (node.List("status", "images") is { } images)
        {
            var present = images.Maps().SelectMany(image => image.List("names").Texts()).ToHashSet(StringComparer.Ordinal);
            if (pod.List("spec", "containers").Maps().Select(container => container.Text("image") ?? string.Empty).Any(image => !present.Contains(image) && !present.Contains(WithoutTag(image)) && !present.Contains(ShortName(image))))
            {
                return "node(s) didn't have the pod's image";
            }
        }

        return null;
    }

    private static string WithoutTag(string image) => image.LastIndexOf(':') is var colon && colon > image.LastIndexOf('/') ? image[..colon] : image;

    // What a node names without a registry stands for the image of every registry.
    private static string ShortName(string image) => image.Split('@')[0] is var name ? WithoutTag(name)[(name.LastIndexOf('/') + 1)..] : image;

    private static bool Tolerates(JsonObject pod, JsonObject taint) => pod.List("spec", "tolerations").Maps().Any(toleration =>
        (toleration.Text("key") is null or "" || toleration.Text("key") == taint.Text("key"))
        && (toleration.Text("effect") is null or "" || toleration.Text("effect") == taint.Text("effect"))
        && (toleration.Text("operator") == "Exists" || (toleration.Text("value") ?? string.Empty) == (taint.Text("value") ?? string.Empty)));

    private Task<JsonObject> ConditionAsync(StoredObject pod, string value, string reason, string message, CancellationToken cancellationToken) => Objects.ModifyAsync(
        Core("pods"),
        pod.Namespace,
        pod.Name,
        Options("status"),
        current =>
        {
            Conditions.Set(current.Ensure("status"), "PodScheduled", value, reason, message, Timestamps.Now(Objects.Clock));
            return current;
        },
        cancellationToken);
}
