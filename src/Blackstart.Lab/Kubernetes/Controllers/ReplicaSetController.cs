using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Keeps as many pods as a ReplicaSet asks for.</summary>
internal sealed class ReplicaSetController(ObjectService objects) : Controller(objects)
{
    protected override string Name => "replicaset-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var prefix = Apps("replicasets").StoragePrefix;
        if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
        {
            yield return change.Key;
        }
        else if (change.Key.StartsWith(Core("pods").StoragePrefix, StringComparison.Ordinal) && Workloads.OwnerKey(change.Object, prefix, "ReplicaSet") is { } owner)
        {
            yield return owner;
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        if (Objects.Store.Get(key) is not { } set)
        {
            return;
        }

        var pods = Objects.List(Core("pods"), set.Namespace).Where(pod => Workloads.ControllerOf(pod.View) == set.Uid).ToList();
        var active = pods.Where(pod => Workloads.IsActive(pod.View)).ToList();
        var wanted = (int)(set.View.Number("spec", "replicas") ?? 1);
        if (!set.View.IsDeleting())
        {
            for (var i = active.Count; i < wanted; i++)
            {
                var pod = Workloads.Pod(set.View.Map("spec", "template"), set);
                pod.Ensure("metadata")["generateName"] = $"{set.Name}-";
                await Objects.CreateAsync(Core("pods"), set.Namespace, pod, Options(), cancellationToken).ConfigureAwait(false);
            }

            // What does not run yet goes first, then what is not ready, then the youngest.
            var surplus = active.OrderBy(pod => Workloads.IsReady(pod.View)).ThenBy(pod => pod.View.Text("spec", "nodeName") is not null).ThenByDescending(pod => pod.View.Text("metadata", "creationTimestamp"), StringComparer.Ordinal);
            foreach (var pod in surplus.Take(Math.Max(0, active.Count - wanted)))
            {
                await Objects.DeleteAsync(Core("pods"), pod.Namespace, pod.Name, new DeleteRequest { Uid = pod.Uid }, cancellationToken).ConfigureAwait(false);
            }
        }

        var now = Objects.List(Core("pods"), set.Namespace).Where(pod => Workloads.ControllerOf(pod.View) == set.Uid && Workloads.IsActive(pod.View)).ToList();
        var ready = now.Count(pod => Workloads.IsReady(pod.View));
        await Objects.ModifyAsync(
            Apps("replicasets"),
            set.Namespace,
            set.Name,
            Options("status"),
            current =>
            {
                var status = new JsonObject { ["replicas"] = now.Count, ["observedGeneration"] = current.Number("metadata", "generation") };
                if (now.Count > 0)
                {
                    status["fullyLabeledReplicas"] = now.Count;
                }

                if (ready > 0)
                {
                    status["readyReplicas"] = ready;
                    status["availableReplicas"] = ready;
                }

                current["status"] = status;
                return current;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
