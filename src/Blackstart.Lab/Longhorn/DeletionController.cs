using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>
/// What happens when a part of a volume is deleted: a Replica object takes its directory with it; an engine is stopped and made anew;
/// an attachment is made anew without tickets.
/// </summary>
internal sealed class DeletionController(LonghornContext context, EngineHost engines)
{
    private readonly ObjectStore _store = context.Store;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var replica in _store.All(LonghornKinds.Replicas).Where(item => item.IsBeingDeleted()))
        {
            await ReplicaAsync(replica, cancellationToken);
        }

        foreach (var engine in _store.All(LonghornKinds.Engines).Where(item => item.IsBeingDeleted()))
        {
            if (engines.Find(engine.TextAt("spec", "volumeName") ?? "") is { } running)
            {
                await engines.StopAsync(running, clean: true);
            }

            await _store.ReleaseAsync(LonghornKinds.Engines, engine, cancellationToken);
        }

        foreach (var attachment in _store.All(LonghornKinds.Attachments).Where(item => item.IsBeingDeleted()))
        {
            await _store.ReleaseAsync(LonghornKinds.Attachments, attachment, cancellationToken);
        }
    }

    /// <summary>Engines of volumes that are not there any more, or were created again, are left as if the power had gone: their objects told them nothing.</summary>
    public async Task ForgetAsync()
    {
        foreach (var running in engines.All)
        {
            if (_store.Get(LonghornKinds.Volumes, running.Volume) is not { } volume || volume.Uid() != running.VolumeUid)
            {
                context.Log($"volume {running.Volume}: its object is gone, its engine is stopped");
                await engines.StopAsync(running, clean: false);
            }
        }
    }

    private async Task ReplicaAsync(JsonObject replica, CancellationToken cancellationToken)
    {
        var name = replica.TextAt("spec", "dataDirectoryName") ?? "";
        var node = replica.TextAt("spec", "nodeID") ?? "";
        if (engines.Find(replica.TextAt("spec", "volumeName") ?? "") is { } running)
        {
            if (running.IsRebuilding)
            {
                // Its turn comes when the copy is done or has failed.
                return;
            }

            await running.Engine.RemoveAsync(replica.Name(), cancellationToken);
        }

        var shared = _store.All(LonghornKinds.Replicas).Any(other =>
            other.Uid() != replica.Uid() && other.TextAt("spec", "nodeID") == node && other.TextAt("spec", "dataDirectoryName") == name);
        if (!shared && context.Disks.TryGetValue(node, out var disk) && disk.Exists(name))
        {
            context.Log($"replica {replica.Name()}: deleted, with {disk.PathOf(name)}");
            await Task.Run(() => disk.Delete(name), cancellationToken);
        }

        await _store.ReleaseAsync(LonghornKinds.Replicas, replica, cancellationToken);
    }
}
