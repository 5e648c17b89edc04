using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>
/// Gives a volume what belongs to it: the fields that Longhorn's webhook fills in, an attachment, an engine and replicas. Directories that
/// lie on the disks already are never looked at: a volume that is created again gets new, empty ones.
/// </summary>
internal sealed class VolumeObjects(LonghornContext context)
{
    /// <summary>Volume sizes are rounded up to this (longhorn-manager, util/util.go, RoundUpSize).</summary>
    private const long SizeUnit = 2 * 1024 * 1024;

    private readonly ObjectStore _store = context.Store;

    /// <summary>The volume's size in bytes, or null if its spec names none.</summary>
    public static long? Size(JsonObject volume)
    {
        var size = volume.Number(0, "spec", "size");
        return size > 0 ? (size + SizeUnit - 1) / SizeUnit * SizeUnit : null;
    }

    public static string EngineName(string volume) => volume + "-e-0";

    /// <summary>Creates what is missing; null if the volume cannot be served.</summary>
    public async Task<JsonObject?> EnsureAsync(JsonObject volume, CancellationToken cancellationToken)
    {
        var name = volume.Name();
        if (Size(volume) is not { } size || volume.TextAt("spec", "dataEngine") == "v2")
        {
            await _store.ChangeAsync(LonghornKinds.Volumes, name, item => Unusable(item), cancellationToken);
            return null;
        }

        if (await _store.ChangeAsync(LonghornKinds.Volumes, name, item => FillIn(item, size), cancellationToken) is not { } current)
        {
            return null;
        }

        if (_store.Get(LonghornKinds.Attachments, name) is null)
        {
            var attachment = LonghornObject.New(name, current, Labels(name));
            attachment["spec"] = new JsonObject { ["volume"] = name, ["attachmentTickets"] = new JsonObject() };
            await _store.CreateAsync(LonghornKinds.Attachments, attachment, cancellationToken);
        }

        // An engine is made with the volume; a volume whose engine is known had its replicas.
        if (_store.Get(LonghornKinds.Engines, EngineName(name)) is null)
        {
            if (context.ReplicasOf(name).Count == 0)
            {
                for (var count = current.Number(3, "spec", "numberOfReplicas"); count > 0; count--)
                {
                    await CreateReplicaAsync(current, size, cancellationToken);
                }
            }

            await CreateEngineAsync(current, size, cancellationToken);
        }

        return current;
    }

    /// <summary>A new replica in a new directory on a node that has none of this volume; false if there is no such node.</summary>
    public async Task<bool> CreateReplicaAsync(JsonObject volume, long size, CancellationToken cancellationToken)
    {
        var name = volume.Name();
        var taken = context.ReplicasOf(name).Select(replica => replica.TextAt("spec", "nodeID")).ToHashSet(StringComparer.Ordinal);
        var disk = context.Disks.Values
            .Where(disk => !taken.Contains(disk.Node) && IsSchedulable(disk.Node))
            .OrderBy(disk => _store.All(LonghornKinds.Replicas).Count(replica => replica.TextAt("spec", "nodeID") == disk.Node))
            .ThenBy(disk => disk.Node, StringComparer.Ordinal)
            .FirstOrDefault();
        if (disk is null)
        {
            return false;
        }

        var labels = Labels(name);
        labels["longhornnode"] = disk.Node;
        labels["longhorndiskuuid"] = disk.Uuid;
        var replica = LonghornObject.New($"{name}-r-{Random()}", volume, labels);
        replica["spec"] = new JsonObject
        {
            ["volumeName"] = name,
            ["volumeSize"] = size.ToString(CultureInfo.InvariantCulture),
            ["engineName"] = EngineName(name),
            ["nodeID"] = disk.Node,
            ["diskID"] = disk.Uuid,
            ["diskPath"] = disk.Path,
            ["dataDirectoryName"] = $"{name}-{Random()}",
            ["dataEngine"] = "v1",
            ["image"] = LonghornKinds.Image,
            ["active"] = true,
            ["desireState"] = "stopped",
            ["healthyAt"] = "",
            ["failedAt"] = "",
            ["lastHealthyAt"] = "",
            ["lastFailedAt"] = "",
            ["evictionRequested"] = false,
            ["hardNodeAffinity"] = "",
        };
        await _store.CreateAsync(LonghornKinds.Replicas, replica, cancellationToken);
        return true;
    }

    private async Task CreateEngineAsync(JsonObject volume, long size, CancellationToken cancellationToken)
    {
        var name = volume.Name();
        var engine = LonghornObject.New(EngineName(name), volume, Labels(name));
        engine["spec"] = new JsonObject
        {
            ["volumeName"] = name,
            ["volumeSize"] = size.ToString(CultureInfo.InvariantCulture),
            ["nodeID"] = "",
            ["desireState"] = "stopped",
            ["dataEngine"] = "v1",
            ["image"] = LonghornKinds.Image,
            ["active"] = true,
            ["frontend"] = volume.TextAt("spec", "frontend") ?? "blockdev",
            ["disableFrontend"] = false,
            ["replicaAddressMap"] = new JsonObject(),
            ["salvageRequested"] = false,
        };
        await _store.CreateAsync(LonghornKinds.Engines, engine, cancellationToken);
    }

    private bool IsSchedulable(string node) =>
        _store.Get(LonghornKinds.Nodes, node) is not { } item || item.At("spec", "allowScheduling") is null || item.Flag("spec", "allowScheduling");

    private void FillIn(JsonObject volume, long size)
    {
        var spec = volume.Spec();
        spec["size"] = size.ToString(CultureInfo.InvariantCulture);
        spec["image"] = LonghornKinds.Image;
        if (volume.Number(0, "spec", "numberOfReplicas") <= 0)
        {
            spec["numberOfReplicas"] = 3;
        }

        foreach (var (key, value) in new (string, string)[]
        {
            ("frontend", "blockdev"), ("accessMode", "rwo"), ("dataEngine", "v1"), ("dataLocality", "disabled"), ("replicaAutoBalance", "ignored"),
            ("backupTargetName", "default"), ("snapshotDataIntegrity", "ignored"), ("unmapMarkSnapChainRemoved", "ignored"),
        })
        {
            if (!volume.Has("spec", key))
            {
                spec[key] = value;
            }
        }

        if (spec["revisionCounterDisabled"] is null)
        {
            spec["revisionCounterDisabled"] = !context.Settings.CountRevisions;
        }

        if (spec["staleReplicaTimeout"] is null)
        {
            spec["staleReplicaTimeout"] = 2880;
        }

        var metadata = volume.Part("metadata");
        metadata.Part("labels")["longhornvolume"] = volume.Name();
        var finalizers = metadata["finalizers"] as JsonArray ?? [];
        if (!finalizers.Any(node => node?.GetValue<string>() == LonghornKinds.Finalizer))
        {
            metadata["finalizers"] = new JsonArray([.. finalizers.Select(node => node?.DeepClone()), JsonValue.Create(LonghornKinds.Finalizer)]);
        }

        if (!volume.Has("status", "state"))
        {
            var status = volume.Status();
            status["state"] = "creating";
            status["robustness"] = "unknown";
        }
    }

    private void Unusable(JsonObject volume)
    {
        var why = Size(volume) is null ? "spec.size names no size" : "the lab runs v1 volumes only";
        volume.Status().SetCondition("Scheduled", holds: false, "InvalidSpec", why, context.Now);
    }

    private static Dictionary<string, string> Labels(string volume) => new(StringComparer.Ordinal) { ["longhornvolume"] = volume };

    private static string Random() => Guid.NewGuid().ToString("N")[..8];
}
