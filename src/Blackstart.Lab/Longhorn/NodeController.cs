using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>What Longhorn sets up when it is installed: settings, the engine image, an instance manager and a Node with its disk for each node.</summary>
internal sealed class NodeController(LonghornContext context)
{
    private const long Rounding = 1L << 30;
    private static readonly Dictionary<string, string> NoLabels = new(StringComparer.Ordinal);
    private readonly ObjectStore _store = context.Store;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, definition) in LonghornSettings.Known)
        {
            if (_store.Get(LonghornKinds.Settings, name) is null)
            {
                var setting = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["value"] = definition.Default };
                await _store.CreateAsync(LonghornKinds.Settings, setting, cancellationToken);
            }

            await _store.ChangeAsync(LonghornKinds.Settings, name, item => item.Status()["applied"] = true, cancellationToken);
        }

        await EngineImageAsync(cancellationToken);
        foreach (var disk in context.Disks.Values)
        {
            await InstanceManagerAsync(disk, cancellationToken);
            await NodeAsync(disk, cancellationToken);
        }
    }

    private async Task EngineImageAsync(CancellationToken cancellationToken)
    {
        const string name = "ei-lab";
        if (_store.Get(LonghornKinds.EngineImages, name) is null)
        {
            var image = LonghornObject.New(name, owner: null, NoLabels);
            image.Part("metadata").Remove("finalizers");
            image["spec"] = new JsonObject { ["image"] = LonghornKinds.Image };
            await _store.CreateAsync(LonghornKinds.EngineImages, image, cancellationToken);
        }

        await _store.ChangeAsync(
            LonghornKinds.EngineImages,
            name,
            item =>
            {
                var status = item.Status();
                status["state"] = "deployed";
                status["version"] = "v1.12.1";
                status["refCount"] = _store.All(LonghornKinds.Volumes).Count;
                status.SetCondition("ready", holds: true, "", "", context.Now);
            },
            cancellationToken);
    }

    private async Task InstanceManagerAsync(LonghornDisk disk, CancellationToken cancellationToken)
    {
        var name = LonghornContext.InstanceManager(disk.Node);
        if (_store.Get(LonghornKinds.InstanceManagers, name) is null)
        {
            var manager = LonghornObject.New(name, owner: null, new Dictionary<string, string>(StringComparer.Ordinal) { ["longhornnode"] = disk.Node });
            manager.Part("metadata").Remove("finalizers");
            manager["spec"] = new JsonObject { ["nodeID"] = disk.Node, ["type"] = "aio", ["dataEngine"] = "v1", ["image"] = LonghornKinds.Image };
            await _store.CreateAsync(LonghornKinds.InstanceManagers, manager, cancellationToken);
        }

        await _store.ChangeAsync(
            LonghornKinds.InstanceManagers,
            name,
            item =>
            {
                item.Status()["currentState"] = "running";
                item.Status()["ownerID"] = disk.Node;
                item.Status()["ip"] = "127.0.0.1";
            },
            cancellationToken);
    }

    private async Task NodeAsync(LonghornDisk disk, CancellationToken cancellationToken)
    {
        if (_store.Get(LonghornKinds.Nodes, disk.Node) is null)
        {
            var node = LonghornObject.New(disk.Node, owner: null, NoLabels);
            node.Part("metadata").Remove("finalizers");
            node["spec"] = new JsonObject
            {
                ["name"] = disk.Node,
                ["allowScheduling"] = true,
                ["evictionRequested"] = false,
                ["tags"] = new JsonArray(),
                ["disks"] = new JsonObject
                {
                    [disk.Name] = new JsonObject
                    {
                        ["path"] = disk.Path,
                        ["diskType"] = "filesystem",
                        ["diskDriver"] = "",
                        ["allowScheduling"] = true,
                        ["evictionRequested"] = false,
                        ["storageReserved"] = 0,
                        ["tags"] = new JsonArray(),
                    },
                },
            };
            await _store.CreateAsync(LonghornKinds.Nodes, node, cancellationToken);
        }

        await _store.ChangeAsync(LonghornKinds.Nodes, disk.Node, node => Status(node, disk), cancellationToken);
    }

    private void Status(JsonObject node, LonghornDisk disk)
    {
        var status = node.Status();
        var may = node.Flag("spec", "allowScheduling");
        status.SetCondition("Ready", holds: true, "", $"Node {disk.Node} is ready", context.Now);
        status.SetCondition("Schedulable", may, "", "", context.Now);
        var replicas = _store.All(LonghornKinds.Replicas).Where(replica => replica.TextAt("spec", "nodeID") == disk.Node).OrderBy(ClusterObject.Name, StringComparer.Ordinal).ToList();
        var drive = new DriveInfo(disk.Path);
        var diskStatus = status.Part("diskStatus").Part(disk.Name);
        diskStatus["diskName"] = disk.Name;
        diskStatus["diskPath"] = disk.Path;
        diskStatus["diskUUID"] = disk.Uuid;
        diskStatus["diskType"] = "filesystem";
        diskStatus["filesystemType"] = drive.DriveFormat;

        // Rounded, or every write to the disk would change the object.
        diskStatus["storageMaximum"] = drive.TotalSize / Rounding * Rounding;
        diskStatus["storageAvailable"] = drive.AvailableFreeSpace / Rounding * Rounding;
        diskStatus["storageScheduled"] = replicas.Sum(replica => replica.Number(0, "spec", "volumeSize"));
        diskStatus["scheduledReplica"] = new JsonObject(replicas.Select(replica => KeyValuePair.Create(replica.Name(), (JsonNode?)replica.Number(0, "spec", "volumeSize"))));
        diskStatus.SetCondition("Ready", holds: true, "", "", context.Now);
        diskStatus.SetCondition("Schedulable", may, "", "", context.Now);
    }
}
