using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Keeps the numbered pods of a StatefulSet, one after the other, each with its claims.</summary>
internal sealed class StatefulSetController(ObjectService objects) : Controller(objects)
{
    private const string RevisionLabel = "controller-revision-hash";

    protected override string Name => "statefulset-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var prefix = Apps("statefulsets").StoragePrefix;
        if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
        {
            yield return change.Key;
        }
        else if (change.Key.StartsWith(Core("pods").StoragePrefix, StringComparison.Ordinal) && Workloads.OwnerKey(change.Object, prefix, "StatefulSet") is { } owner)
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

        var revision = $"{set.Name}-{Workloads.Hash(set.View.At("spec", "template"))}";
        if (!set.View.IsDeleting())
        {
            await StepAsync(set, revision, cancellationToken).ConfigureAwait(false);
        }

        await ReportAsync(set, revision, cancellationToken).ConfigureAwait(false);
    }

    private SortedDictionary<int, StoredObject> Pods(StoredObject set)
    {
        var found = new SortedDictionary<int, StoredObject>();
        foreach (var pod in Objects.List(Core("pods"), set.Namespace).Where(pod => Workloads.ControllerOf(pod.View) == set.Uid))
        {
            if (pod.Name.StartsWith(set.Name + "-", StringComparison.Ordinal)
                && int.TryParse(pod.Name[(set.Name.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                found[number] = pod;
            }
        }

        return found;
    }

    // One step at a time unless the set says Parallel: a missing pod first, then one too many from the top, then one with an old template.
    private async Task StepAsync(StoredObject set, string revision, CancellationToken cancellationToken)
    {
        var wanted = (int)(set.View.Number("spec", "replicas") ?? 1);
        var parallel = set.View.Text("spec", "podManagementPolicy") == "Parallel";
        var pods = Pods(set);
        for (var i = 0; i < wanted; i++)
        {
            if (pods.TryGetValue(i, out var pod))
            {
                if (pod.View.Text("status", "phase") is "Succeeded" or "Failed" && !pod.View.IsDeleting())
                {
                    await DeleteAsync(pod, cancellationToken).ConfigureAwait(false);
                    return;
                }

                if (!parallel && !Workloads.IsReady(pod.View))
                {
                    // The next one waits for it, but a pod that is not ready may be replaced by a newer template.
                    await ReplaceAsync(set, pods.Where(item => item.Key == i), revision, cancellationToken).ConfigureAwait(false);
                    return;
                }

                continue;
            }

            await MakeAsync(set, i, revision, cancellationToken).ConfigureAwait(false);
            if (!parallel)
            {
                return;
            }
        }

        foreach (var (_, pod) in pods.Where(item => item.Key >= wanted).Reverse())
        {
            if (!pod.View.IsDeleting())
            {
                await DeleteAsync(pod, cancellationToken).ConfigureAwait(false);
            }

            if (!parallel)
            {
                return;
            }
        }

        await ReplaceAsync(set, pods.Where(item => item.Key < wanted).Reverse(), revision, cancellationToken).ConfigureAwait(false);
    }

    private async Task ReplaceAsync(StoredObject set, IEnumerable<KeyValuePair<int, StoredObject>> pods, string revision, CancellationToken cancellationToken)
    {
        if (set.View.Text("spec", "updateStrategy", "type") == "OnDelete")
        {
            return;
        }

        var partition = set.View.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
        foreach (var (number, pod) in pods)
        {
            if (number >= partition && pod.View.Text("metadata", "labels", RevisionLabel) != revision)
            {
                if (!pod.View.IsDeleting())
                {
                    await DeleteAsync(pod, cancellationToken).ConfigureAwait(false);
                }

                return;
            }
        }
    }

    private Task<(JsonObject Object, bool Gone)> DeleteAsync(StoredObject pod, CancellationToken cancellationToken) =>
        Objects.DeleteAsync(Core("pods"), pod.Namespace, pod.Name, new DeleteRequest { Uid = pod.Uid }, cancellationToken);

    private async Task MakeAsync(StoredObject set, int number, string revision, CancellationToken cancellationToken)
    {
        var name = $"{set.Name}-{Text(number)}";
        var pod = Workloads.Pod(set.View.Map("spec", "template"), set);
        var metadata = pod.Ensure("metadata");
        metadata["name"] = name;
        var labels = metadata.Ensure("labels");
        labels["statefulset.kubernetes.io/pod-name"] = name;
        labels["apps.kubernetes.io/pod-index"] = Text(number);
        labels[RevisionLabel] = revision;
        var spec = pod.Ensure("spec");
        spec["hostname"] = name;
        spec.Assign("subdomain", set.View.At("spec", "serviceName"));
        foreach (var template in set.View.List("spec", "volumeClaimTemplates").Maps())
        {
            var claim = $"{template.Name()}-{name}";
            await ClaimAsync(set, template, claim, cancellationToken).ConfigureAwait(false);
            if (spec["volumes"] is not JsonArray volumes)
            {
                spec["volumes"] = volumes = [];
            }

            foreach (var same in volumes.Maps().Where(volume => volume.Text("name") == template.Name()).ToList())
            {
                volumes.Remove(same);
            }

            volumes.Add((JsonNode)new JsonObject { ["name"] = template.Name(), ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim } });
        }

        await Objects.CreateAsync(Core("pods"), set.Namespace, pod, Options(), cancellationToken).ConfigureAwait(false);
    }

    private async Task ClaimAsync(StoredObject set, JsonObject template, string name, CancellationToken cancellationToken)
    {
        if (Objects.Find(Core("persistentvolumeclaims"), set.Namespace, name) is not null)
        {
            return;
        }

        var claim = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = template.At("spec")?.DeepClone() };
        claim.Ensure("metadata").Assign("labels", set.View.At("spec", "selector", "matchLabels"));
        await Objects.CreateAsync(Core("persistentvolumeclaims"), set.Namespace, claim, Options(), cancellationToken).ConfigureAwait(false);
    }

    private async Task ReportAsync(StoredObject set, string revision, CancellationToken cancellationToken)
    {
        var pods = Pods(set).Values.ToList();
        var ready = pods.Count(pod => Workloads.IsReady(pod.View));
        var updated = pods.Count(pod => pod.View.Text("metadata", "labels", RevisionLabel) == revision);
        var wanted = set.View.Number("spec", "replicas") ?? 1;
        await Objects.ModifyAsync(
            Apps("statefulsets"),
            set.Namespace,
            set.Name,
            Options("status"),
            current =>
            {
                var before = current.Text("status", "currentRevision");
                var status = new JsonObject
                {
                    ["observedGeneration"] = set.View.Number("metadata", "generation"),
                    ["replicas"] = pods.Count,
                    ["availableReplicas"] = ready,
                    ["currentRevision"] = before is null || updated == wanted && ready == wanted ? revision : before,
                    ["updateRevision"] = revision,
                    ["collisionCount"] = 0,
                };
                status.Assign("readyReplicas", ready == 0 ? null : ready);
                status.Assign("updatedReplicas", updated == 0 ? null : updated);
                status.Assign("currentReplicas", updated == 0 ? null : updated);
                current["status"] = status;
                return current;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
