using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Keeps a ReplicaSet for a Deployment's template, and moves the replicas over to it when the template changes.</summary>
internal sealed class DeploymentController(ObjectService objects) : Controller(objects)
{
    private const string HashLabel = "pod-template-hash";
    private const string Revision = "deployment.kubernetes.io/revision";

    protected override string Name => "deployment-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var prefix = Apps("deployments").StoragePrefix;
        if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
        {
            yield return change.Key;
        }
        else if (change.Key.StartsWith(Apps("replicasets").StoragePrefix, StringComparison.Ordinal) && Workloads.OwnerKey(change.Object, prefix, "Deployment") is { } owner)
        {
            yield return owner;
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        if (Objects.Store.Get(key) is not { } deployment)
        {
            return;
        }

        if (!deployment.View.IsDeleting())
        {
            await RollAsync(deployment, cancellationToken).ConfigureAwait(false);
        }

        await ReportAsync(deployment, cancellationToken).ConfigureAwait(false);
    }

    private static long Wanted(StoredObject item) => item.View.Number("spec", "replicas") ?? 0;

    private static long Available(StoredObject item) => item.View.Number("status", "availableReplicas") ?? 0;

    private List<StoredObject> Sets(StoredObject deployment) =>
        [.. Objects.List(Apps("replicasets"), deployment.Namespace).Where(set => Workloads.ControllerOf(set.View) == deployment.Uid)];

    private async Task RollAsync(StoredObject deployment, CancellationToken cancellationToken)
    {
        var hash = Workloads.Hash(deployment.View.At("spec", "template"));
        var sets = Sets(deployment);
        var current = sets.FirstOrDefault(set => set.View.Text("metadata", "labels", HashLabel) == hash);
        var old = sets.Where(set => set != current).ToList();
        var wanted = Wanted(deployment);
        if (deployment.View.Flag("spec", "paused") == true)
        {
            // A paused deployment can be scaled, but its template does not roll out.
            if (current is not null && old.All(set => Wanted(set) == 0))
            {
                await ScaleAsync(current, wanted, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        var recreate = deployment.View.Text("spec", "strategy", "type") == "Recreate";
        if (recreate)
        {
            foreach (var set in old)
            {
                await ScaleAsync(set, 0, cancellationToken).ConfigureAwait(false);
            }

            if (Objects.List(Core("pods"), deployment.Namespace).Any(pod => old.Any(set => Workloads.ControllerOf(pod.View) == set.Uid) && pod.View.Text("status", "phase") is not ("Succeeded" or "Failed")))
            {
                EnqueueAfter(deployment.Key, TimeSpan.FromSeconds(1));
                return;
            }
        }

        var surge = recreate ? 0 : Workloads.Share(deployment.View.At("spec", "strategy", "rollingUpdate", "maxSurge"), wanted, up: true);
        var missing = recreate ? 0 : Workloads.Share(deployment.View.At("spec", "strategy", "rollingUpdate", "maxUnavailable"), wanted, up: false);
        if (surge == 0 && missing == 0)
        {
            missing = 1;
        }

        if (current is null)
        {
            current = await MakeAsync(deployment, hash, sets, cancellationToken).ConfigureAwait(false);
        }

        var total = Wanted(current) + old.Sum(Wanted);
        var room = old.All(set => Wanted(set) == 0) ? wanted : Math.Min(wanted, Wanted(current) + Math.Max(0, wanted + surge - total));
        if (room != Wanted(current))
        {
            await ScaleAsync(current, room, cancellationToken).ConfigureAwait(false);
        }

        var least = wanted - missing;
        var removable = Wanted(current) + old.Sum(Wanted) - least - (Wanted(current) - Available(current));
        foreach (var set in old.Where(set => Wanted(set) > 0).OrderBy(Available))
        {
            var sick = Wanted(set) - Available(set);
            var healthy = Math.Max(0, Available(current) + old.Sum(Available) - least);
            var take = Math.Min(Wanted(set), Math.Min(Math.Max(removable, 0), sick + healthy));
            if (take > 0)
            {
                removable -= take;
                await ScaleAsync(set, Wanted(set) - take, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<StoredObject> MakeAsync(StoredObject deployment, string hash, List<StoredObject> sets, CancellationToken cancellationToken)
    {
        var template = deployment.View.Map("spec", "template")!.Copy();
        template.Ensure("metadata").Ensure("labels")[HashLabel] = hash;
        var selector = deployment.View.Map("spec", "selector")!.Copy();
        selector.Ensure("matchLabels")[HashLabel] = hash;
        var revision = sets.Select(set => long.TryParse(set.View.Text("metadata", "annotations", Revision), out var number) ? number : 0).DefaultIfEmpty(0).Max() + 1;
        var value = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{deployment.Name}-{hash}",
                ["labels"] = template.At("metadata", "labels")?.DeepClone(),
                ["annotations"] = new JsonObject { [Revision] = Text(revision) },
                ["ownerReferences"] = new JsonArray(Workloads.Owner(deployment)),
            },
            ["spec"] = new JsonObject { ["replicas"] = 0, ["selector"] = selector, ["template"] = template },
        };
        await Objects.CreateAsync(Apps("replicasets"), deployment.Namespace, value, Options(), cancellationToken).ConfigureAwait(false);
        await Objects.ModifyAsync(
            Apps("deployments"),
            deployment.Namespace,
            deployment.Name,
            Options(),
            current =>
            {
                current.Ensure("metadata").Ensure("annotations")[Revision] = Text(revision);
                return current;
            },
            cancellationToken).ConfigureAwait(false);
        return Objects.Get(Apps("replicasets"), deployment.Namespace, $"{deployment.Name}-{hash}");
    }

    private async Task ScaleAsync(StoredObject set, long replicas, CancellationToken cancellationToken)
    {
        if (Wanted(set) == replicas)
        {
            return;
        }

        await Objects.ModifyAsync(
            Apps("replicasets"),
            set.Namespace,
            set.Name,
            Options(),
            current =>
            {
                current.Ensure("spec")["replicas"] = replicas;
                return current;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task ReportAsync(StoredObject deployment, CancellationToken cancellationToken)
    {
        var hash = Workloads.Hash(deployment.View.At("spec", "template"));
        var sets = Sets(deployment);
        long Sum(string name, bool updatedOnly = false) =>
            sets.Where(set => !updatedOnly || set.View.Text("metadata", "labels", HashLabel) == hash).Sum(set => set.View.Number("status", name) ?? 0);

        var wanted = Wanted(deployment);
        var missing = Workloads.Share(deployment.View.At("spec", "strategy", "rollingUpdate", "maxUnavailable"), wanted, up: false);
        var (replicas, updated, available) = (Sum("replicas"), Sum("replicas", updatedOnly: true), Sum("availableReplicas"));
        await Objects.ModifyAsync(
            Apps("deployments"),
            deployment.Namespace,
            deployment.Name,
            Options("status"),
            current =>
            {
                var status = current.Ensure("status");
                status["observedGeneration"] = deployment.View.Number("metadata", "generation");
                foreach (var (name, value) in ((string, long)[])[("replicas", replicas), ("updatedReplicas", updated), ("readyReplicas", Sum("readyReplicas")), ("availableReplicas", available), ("unavailableReplicas", Math.Max(0, wanted - available))])
                {
                    status.Assign(name, value == 0 ? null : value);
                }

                var now = Timestamps.Now(Objects.Clock);
                var enough = available >= wanted - missing;
                Conditions.Set(
                    status,
                    "Available",
                    enough ? "True" : "False",
                    enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                    enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
                    now,
                    update: true);
                var done = updated == wanted && available >= wanted && replicas == updated;
                Conditions.Set(
                    status,
                    "Progressing",
                    "True",
                    done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                    $"ReplicaSet \"{deployment.Name}-{hash}\" {(done ? "has successfully progressed" : "is progressing")}.",
                    now,
                    update: true);
                return current;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
