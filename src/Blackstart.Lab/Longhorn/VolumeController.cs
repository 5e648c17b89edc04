using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Longhorn;

/// <summary>Brings volumes to where their tickets want them, and keeps their replicas complete.</summary>
internal sealed class VolumeController(LonghornContext context, EngineHost engines, VolumeObjects objects, VolumeReport report)
{
    /// <summary>Between a replica's failure and its rebuild, so that the failure can be seen.</summary>
    private static readonly TimeSpan RebuildDelay = TimeSpan.FromSeconds(1);

    /// <summary>Replicas that failed this close to the last one may take part in a salvage (longhorn-manager, controller/volume_controller.go).</summary>
    private static readonly TimeSpan SalvageWindow = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SalvageInterval = TimeSpan.FromSeconds(5);

    private readonly ObjectStore _store = context.Store;

    /// <summary>One round for one volume.</summary>
    public async Task ReconcileAsync(JsonObject volume, CancellationToken cancellationToken)
    {
        var name = volume.Name();
        if (volume.IsBeingDeleted())
        {
            await DeleteAsync(volume, cancellationToken);
            return;
        }

        if (await objects.EnsureAsync(volume, cancellationToken) is not { } current
            || _store.Get(LonghornKinds.Attachments, name) is not { } attachment
            || attachment.IsBeingDeleted()
            || _store.Get(LonghornKinds.Engines, VolumeObjects.EngineName(name)) is not { } engine
            || engine.IsBeingDeleted())
        {
            return;
        }

        var running = engines.Find(name);
        if (running is not null)
        {
            await running.Engine.CheckAsync(cancellationToken);
        }

        var tickets = AttachmentTicket.Read(attachment, [.. context.Disks.Keys]);
        var chosen = AttachmentTicket.Choose(tickets, running?.Node, running?.FrontendDisabled ?? false);
        if (running is not null && !Serves(running, chosen))
        {
            await report.StateAsync(name, "detaching", cancellationToken);
            await report.FailAsync(running.Engine.Replicas.Where(replica => replica.Mode == ReplicaMode.Failed).Select(replica => replica.Name), cancellationToken);
            context.Log($"volume {name}: detaching from {running.Node}");
            await engines.StopAsync(running, clean: running.IsAlive);
            running = null;
        }

        if (running is null && chosen is not null)
        {
            running = await AttachAsync(current, engine, chosen, cancellationToken);
        }

        if (running is not null)
        {
            await MaintainAsync(current, running, cancellationToken);
        }

        await report.WriteAsync(name, running, chosen, tickets, cancellationToken);
    }

    private static bool Serves(RunningEngine running, AttachmentTicket? chosen) =>
        running.IsAlive && chosen is not null && chosen.NodeId == running.Node && chosen.DisableFrontend == running.FrontendDisabled;

    private async Task<RunningEngine?> AttachAsync(JsonObject volume, JsonObject engine, AttachmentTicket ticket, CancellationToken cancellationToken)
    {
        var name = volume.Name();
        var (sources, salvage) = await SourcesAsync(volume, cancellationToken);
        if (sources.Count == 0)
        {
            return null;
        }

        await report.StateAsync(name, "attaching", cancellationToken);
        var options = new EngineOptions
        {
            Time = context.Time,
            CountRevisions = !volume.Flag("spec", "revisionCounterDisabled"),
            Salvage = salvage,
            Changed = context.Wake,
        };
        try
        {
            var size = engine.Number(0, "spec", "volumeSize");
            var running = await engines.StartAsync(name, volume.Uid(), ticket.NodeId, size, sources, ticket.DisableFrontend, options);
            context.Log($"volume {name}: attached to {ticket.NodeId}{(ticket.DisableFrontend ? " for maintenance" : "")}");
            return running;
        }
        catch (IOException exception)
        {
            context.Log($"volume {name}: attaching to {ticket.NodeId} failed: {exception.Message}");
            await report.FailAsync(sources.Select(source => source.Name), cancellationToken);
            return null;
        }
    }

    /// <summary>
    /// The replicas to start with: those that did not fail. Once a volume had healthy replicas only these count; a replica that never
    /// became one is filled by a rebuild and not believed.
    /// </summary>
    private async Task<(IReadOnlyList<ReplicaSource> Sources, bool Salvage)> SourcesAsync(JsonObject volume, CancellationToken cancellationToken)
    {
        var replicas = context.ReplicasOf(volume.Name()).Where(replica => context.Disks.ContainsKey(replica.TextAt("spec", "nodeID") ?? "")).ToList();
        var old = replicas.Exists(replica => replica.Has("spec", "lastHealthyAt") || replica.Has("spec", "healthyAt"));
        var usable = replicas.Where(replica => !replica.Has("spec", "failedAt") && (!old || replica.Has("spec", "healthyAt"))).ToList();
        if (usable.Count > 0)
        {
            return ([.. usable.Select(Source)], Salvage: false);
        }

        var failed = replicas.Where(replica => replica.Has("spec", "healthyAt") && replica.Has("spec", "failedAt")).ToList();
        var last = volume.Time("status", "lastAutoSalvagedAt");
        if (failed.Count == 0 || !context.Settings.AutoSalvage || context.Time.GetUtcNow() - last < SalvageInterval)
        {
            return ([], Salvage: false);
        }

        var latest = failed.Max(replica => replica.Time("spec", "failedAt"));
        var salvaged = failed.Where(replica => latest - replica.Time("spec", "failedAt") <= SalvageWindow).ToList();
        context.Log($"volume {volume.Name()}: salvaging {salvaged.Count} failed replicas");
        await _store.ChangeAsync(LonghornKinds.Volumes, volume.Name(), item => item.Status()["lastAutoSalvagedAt"] = context.Now, cancellationToken);
        foreach (var replica in salvaged)
        {
            await _store.ChangeAsync(LonghornKinds.Replicas, replica.Name(), item => item.Spec()["failedAt"] = "", cancellationToken);
        }

        return ([.. salvaged.Select(Source)], Salvage: true);
    }

    private ReplicaSource Source(JsonObject replica) => new(replica.Name(), PathOf(replica), MustExist: replica.Has("spec", "healthyAt"));

    private string PathOf(JsonObject replica) =>
        context.Disks[replica.TextAt("spec", "nodeID") ?? ""].PathOf(replica.TextAt("spec", "dataDirectoryName") ?? "");

    /// <summary>Lets go of replicas whose objects are gone, adds missing ones, and rebuilds one at a time.</summary>
    private async Task MaintainAsync(JsonObject volume, RunningEngine running, CancellationToken cancellationToken)
    {
        var replicas = context.ReplicasOf(running.Volume);
        foreach (var gone in running.Engine.Replicas.Select(replica => replica.Name).Except(replicas.Select(replica => replica.Name())).ToList())
        {
            if (!running.IsRebuilding)
            {
                await running.Engine.RemoveAsync(gone, cancellationToken);
            }
        }

        if (!running.IsAlive || running.IsRebuilding || !context.Settings.RebuildsAllowed)
        {
            return;
        }

        if (replicas.Count < volume.Number(3, "spec", "numberOfReplicas"))
        {
            await objects.CreateReplicaAsync(volume, running.Engine.Size, cancellationToken);
            replicas = context.ReplicasOf(running.Volume);
        }

        var served = running.Engine.Replicas.Where(replica => replica.Mode != ReplicaMode.Failed).Select(replica => replica.Name).ToHashSet(StringComparer.Ordinal);
        var next = replicas.FirstOrDefault(replica => !served.Contains(replica.Name())
            && context.Disks.ContainsKey(replica.TextAt("spec", "nodeID") ?? "")
            && running.MayRebuild(replica.Name())
            && (replica.Time("spec", "failedAt") is { } failed ? context.Time.GetUtcNow() - failed >= RebuildDelay : !running.Engine.Replicas.Any(known => known.Name == replica.Name())));
        if (next is null)
        {
            return;
        }

        await _store.ChangeAsync(
            LonghornKinds.Replicas,
            next.Name(),
            replica =>
            {
                replica.Spec()["failedAt"] = "";
                replica.Spec()["healthyAt"] = "";
            },
            cancellationToken);
        running.StartRebuild(next.Name(), PathOf(next), context.Log, context.Wake);
    }

    /// <summary>A deleted volume takes everything with it: replicas and their directories, and the persistent volume and claim bound to it.</summary>
    private async Task DeleteAsync(JsonObject volume, CancellationToken cancellationToken)
    {
        var name = volume.Name();
        if (engines.Find(name) is { } running)
        {
            await engines.StopAsync(running, clean: true);
        }

        await report.StateAsync(name, "deleting", cancellationToken);
        var left = 0;
        foreach (var type in new[] { LonghornKinds.Engines, LonghornKinds.Replicas, LonghornKinds.Attachments })
        {
            foreach (var item in _store.All(type).Where(item => item.IsVolume(name) || item.TextAt("spec", "volume") == name))
            {
                left++;
                if (!item.IsBeingDeleted())
                {
                    await _store.DeleteAsync(type, item.Name(), cancellationToken);
                }
            }
        }

        if (left == 0)
        {
            await DeleteClaimAsync(name, cancellationToken);
            await _store.ReleaseAsync(LonghornKinds.Volumes, volume, cancellationToken);
            context.Log($"volume {name}: deleted, with its data");
        }
    }

    private async Task DeleteClaimAsync(string name, CancellationToken cancellationToken)
    {
        foreach (var persistent in await _store.Client.ListAsync(ResourceType.PersistentVolumes, ns: null, cancellationToken))
        {
            if (persistent.TextAt("spec", "csi", "driver") != LonghornKinds.Driver || persistent.TextAt("spec", "csi", "volumeHandle") != name)
            {
                continue;
            }

            if (persistent.TextAt("spec", "claimRef", "name") is { } claim)
            {
                await _store.Client.DeleteAsync(ResourceType.PersistentVolumeClaims, persistent.TextAt("spec", "claimRef", "namespace"), claim, cancellationToken);
            }

            await _store.Client.DeleteAsync(ResourceType.PersistentVolumes, ns: null, persistent.Name(), cancellationToken);
        }
    }
}
