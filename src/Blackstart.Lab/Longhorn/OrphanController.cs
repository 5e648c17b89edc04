using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>
/// Replica directories that no Replica object on their disk names get an Orphan object, if their <c>volume.meta</c> can be read. Deleting
/// the object deletes the directory.
/// </summary>
internal sealed class OrphanController(LonghornContext context)
{
    private readonly ObjectStore _store = context.Store;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var disk in context.Disks.Values)
        {
            foreach (var name in disk.FindReplicas().Where(name => !IsClaimed(disk, name)))
            {
                var orphan = OrphanName(disk, name);
                found.Add(orphan);
                if (_store.Get(LonghornKinds.Orphans, orphan) is null)
                {
                    await CreateAsync(disk, name, orphan, cancellationToken);
                }
            }
        }

        foreach (var orphan in _store.All(LonghornKinds.Orphans))
        {
            await ReconcileAsync(orphan, found.Contains(orphan.Name()), cancellationToken);
        }
    }

    private async Task ReconcileAsync(JsonObject orphan, bool found, CancellationToken cancellationToken)
    {
        if (orphan.IsBeingDeleted())
        {
            var disk = context.Disks.GetValueOrDefault(orphan.TextAt("spec", "nodeID") ?? "");
            var name = orphan.TextAt("spec", "parameters", "DataName") ?? "";
            var cleanable = orphan.ItemsAt("status", "conditions").Any(condition => condition.TextAt("type") == "DataCleanable" && condition.TextAt("status") == "True");
            if (cleanable && disk is not null && orphan.TextAt("spec", "parameters", "DiskUUID") == disk.Uuid && !IsClaimed(disk, name) && disk.Exists(name))
            {
                context.Log($"orphan {orphan.Name()}: deleted, with {disk.PathOf(name)}");
                await Task.Run(() => disk.Delete(name), cancellationToken);
            }

            await _store.ReleaseAsync(LonghornKinds.Orphans, orphan, cancellationToken);
            return;
        }

        if (!found)
        {
            // The directory is gone, or has an owner again: the object goes, and nothing else.
            await _store.ChangeAsync(LonghornKinds.Orphans, orphan.Name(), item => SetConditions(item, cleanable: false), cancellationToken);
            await _store.DeleteAsync(LonghornKinds.Orphans, orphan.Name(), cancellationToken);
            return;
        }

        await _store.ChangeAsync(LonghornKinds.Orphans, orphan.Name(), item => SetConditions(item, cleanable: true), cancellationToken);
        if (context.Settings.DeletesOrphans && context.Time.GetUtcNow() - orphan.Time("metadata", "creationTimestamp") >= context.Settings.OrphanGracePeriod)
        {
            await _store.DeleteAsync(LonghornKinds.Orphans, orphan.Name(), cancellationToken);
        }
    }

    private async Task CreateAsync(LonghornDisk disk, string dataName, string name, CancellationToken cancellationToken)
    {
        var orphan = LonghornObject.New(name, owner: null, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["longhorn.io/component"] = "orphan",
            ["longhorn.io/orphan-type"] = "replica",
            ["longhornnode"] = disk.Node,
        });
        orphan["spec"] = new JsonObject
        {
            ["orphanType"] = "replica",
            ["nodeID"] = disk.Node,
            ["dataEngine"] = "v1",
            ["parameters"] = new JsonObject
            {
                ["DataName"] = dataName,
                ["DiskName"] = disk.Name,
                ["DiskUUID"] = disk.Uuid,
                ["DiskPath"] = disk.Path,
                ["DiskType"] = "filesystem",
            },
        };
        await _store.CreateAsync(LonghornKinds.Orphans, orphan, cancellationToken);
        await _store.ChangeAsync(LonghornKinds.Orphans, name, item => SetConditions(item, cleanable: true), cancellationToken);
        context.Log($"orphan {name}: {disk.PathOf(dataName)} belongs to no replica");
    }

    private void SetConditions(JsonObject orphan, bool cleanable)
    {
        var status = orphan.Status();
        status["ownerID"] = orphan.TextAt("spec", "nodeID") ?? "";
        status.SetCondition("DataCleanable", cleanable, "", "", context.Now);
        status.SetCondition("Error", holds: false, "", "", context.Now);
    }

    private bool IsClaimed(LonghornDisk disk, string dataName) => _store.All(LonghornKinds.Replicas).Any(replica =>
        replica.TextAt("spec", "nodeID") == disk.Node && replica.TextAt("spec", "dataDirectoryName") == dataName);

    private static string OrphanName(LonghornDisk disk, string dataName) =>
        "orphan-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{dataName}/{disk.Node}/{disk.Uuid}")));
}
