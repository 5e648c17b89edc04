using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Longhorn;

/// <summary>Writes what is so of a volume into its objects: replicas first, then engine and volume, the tickets last.</summary>
internal sealed class VolumeReport(LonghornContext context)
{
    private readonly ObjectStore _store = context.Store;

    /// <summary>Only the volume's state, for the time an attachment or detachment takes.</summary>
    public Task StateAsync(string volume, string state, CancellationToken cancellationToken) =>
        _store.ChangeAsync(LonghornKinds.Volumes, volume, item => item.Status()["state"] = state, cancellationToken);

    /// <summary>Everything.</summary>
    public async Task WriteAsync(string volume, RunningEngine? running, AttachmentTicket? chosen, IReadOnlyList<AttachmentTicket> tickets, CancellationToken cancellationToken)
    {
        var modes = running?.Engine.Replicas.ToDictionary(replica => replica.Name, StringComparer.Ordinal) ?? [];
        await Task.WhenAll(context.ReplicasOf(volume).Select(replica => ReplicaAsync(replica.Name(), running, modes, cancellationToken)));
        await _store.ChangeAsync(LonghornKinds.Engines, VolumeObjects.EngineName(volume), engine => Engine(engine, running, modes.Values), cancellationToken);
        await _store.ChangeAsync(LonghornKinds.Volumes, volume, item => Volume(item, running, chosen, modes.Values), cancellationToken);
        await _store.ChangeAsync(LonghornKinds.Attachments, volume, item => Tickets(item, running, tickets), cancellationToken);
    }

    /// <summary>Marks replicas failed.</summary>
    public async Task FailAsync(IEnumerable<string> replicas, CancellationToken cancellationToken)
    {
        foreach (var replica in replicas)
        {
            await _store.ChangeAsync(LonghornKinds.Replicas, replica, Fail, cancellationToken);
        }
    }

    private Task<JsonObject?> ReplicaAsync(string name, RunningEngine? running, Dictionary<string, ReplicaStatus> modes, CancellationToken cancellationToken) =>
        _store.ChangeAsync(
            LonghornKinds.Replicas,
            name,
            replica =>
            {
                var spec = replica.Spec();
                var status = replica.Status();
                var mode = modes.GetValueOrDefault(name);
                var runs = mode is not null && mode.Mode != ReplicaMode.Failed;
                spec["desireState"] = runs ? "running" : "stopped";
                status["currentState"] = runs ? "running" : mode is null ? "stopped" : "error";
                status["started"] = runs;
                status["instanceManagerName"] = runs ? LonghornContext.InstanceManager(replica.TextAt("spec", "nodeID") ?? "") : "";
                status["currentImage"] = runs ? LonghornKinds.Image : "";
                status["ownerID"] = replica.TextAt("spec", "nodeID") ?? "";
                switch (mode?.Mode)
                {
                    case ReplicaMode.ReadWrite when !replica.Has("spec", "healthyAt") || replica.Has("spec", "failedAt"):
                        spec["healthyAt"] = context.Now;
                        spec["lastHealthyAt"] = context.Now;
                        spec["failedAt"] = "";
                        break;
                    case ReplicaMode.Failed when running!.Rebuilding != name:
                        if (!replica.Has("spec", "failedAt"))
                        {
                            context.Log($"volume {running.Volume}: replica {name} failed: {mode.Reason}");
                        }

                        Fail(replica);
                        break;
                }
            },
            cancellationToken);

    private void Fail(JsonObject replica)
    {
        if (!replica.Has("spec", "failedAt"))
        {
            replica.Spec()["failedAt"] = context.Now;
            replica.Spec()["lastFailedAt"] = context.Now;
        }
    }

    private static void Engine(JsonObject engine, RunningEngine? running, IReadOnlyCollection<ReplicaStatus> modes)
    {
        var spec = engine.Spec();
        var status = engine.Status();
        spec["nodeID"] = running?.Node ?? "";
        spec["desireState"] = running is null ? "stopped" : "running";
        spec["disableFrontend"] = running?.FrontendDisabled ?? false;
        spec["replicaAddressMap"] = Map(modes, replica => replica.Path);
        status["currentState"] = running is null ? "stopped" : "running";
        status["started"] = running is not null;
        status["endpoint"] = running?.Endpoint ?? "";
        status["uuid"] = running?.Id ?? "";
        status["ownerID"] = running?.Node ?? "";
        status["currentImage"] = running is null ? "" : LonghornKinds.Image;
        status["currentSize"] = running is null ? "0" : running.Engine.Size.ToString(CultureInfo.InvariantCulture);
        status["instanceManagerName"] = running is null ? "" : LonghornContext.InstanceManager(running.Node);
        status["currentReplicaAddressMap"] = Map(modes, replica => replica.Path);
        status["replicaModeMap"] = Map(modes, replica => replica.Mode switch
        {
            ReplicaMode.ReadWrite => "RW",
            ReplicaMode.WriteOnly => "WO",
            _ => "ERR",
        });
        status["rebuildStatus"] = new JsonObject(modes
            .Where(replica => replica.Mode == ReplicaMode.WriteOnly)
            .Select(replica => KeyValuePair.Create(replica.Name, (JsonNode?)new JsonObject { ["isRebuilding"] = true, ["state"] = "in_progress" })));
        status["snapshots"] = new JsonObject((running?.Engine.Snapshots ?? [])
            .Select(file => file[ReplicaFiles.SnapshotPrefix.Length..^ReplicaFiles.ImageSuffix.Length])
            .Select(name => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["name"] = name })));
    }

    private void Volume(JsonObject volume, RunningEngine? running, AttachmentTicket? chosen, IReadOnlyCollection<ReplicaStatus> modes)
    {
        // What somebody wrote into these by hand is put right: tickets decide.
        var spec = volume.Spec();
        spec["nodeID"] = chosen?.NodeId ?? "";
        spec["disableFrontend"] = chosen?.DisableFrontend ?? false;
        spec["lastAttachedBy"] = chosen?.LastAttachedBy ?? "";

        var wanted = volume.Number(3, "spec", "numberOfReplicas");
        var healthy = modes.Count(replica => replica.Mode == ReplicaMode.ReadWrite);
        var replicas = context.ReplicasOf(volume.Name());
        var allFailed = replicas.Count == 0 || replicas.All(replica => replica.Has("spec", "failedAt"));
        var status = volume.Status();
        var before = status.TextAt("robustness");
        status["state"] = running is not null ? "attached" : chosen is not null && !allFailed ? "attaching" : "detached";
        status["robustness"] = running is null ? (allFailed ? "faulted" : "unknown")
            : healthy >= wanted ? "healthy"
            : healthy > 0 ? "degraded"
            : "faulted";
        if (status.TextAt("robustness") == "degraded" && before != "degraded")
        {
            status["lastDegradedAt"] = context.Now;
        }

        status["currentNodeID"] = running?.Node ?? "";
        status["currentImage"] = LonghornKinds.Image;
        status["ownerID"] = running?.Node ?? chosen?.NodeId ?? context.Disks.Keys.Order(StringComparer.Ordinal).First();
        status["frontendDisabled"] = running?.FrontendDisabled ?? false;
        var scheduled = replicas.Count(replica => replica.Has("spec", "nodeID"));
        status.SetCondition(
            "Scheduled",
            scheduled >= wanted,
            scheduled >= wanted ? "" : "ReplicaSchedulingFailure",
            scheduled >= wanted ? "" : string.Create(CultureInfo.InvariantCulture, $"{scheduled} of {wanted} replicas have a node"),
            context.Now);
    }

    private void Tickets(JsonObject attachment, RunningEngine? running, IReadOnlyList<AttachmentTicket> tickets)
    {
        var old = attachment.At("status", "attachmentTicketStatuses") as JsonObject ?? [];
        var statuses = new JsonObject();
        foreach (var ticket in tickets)
        {
            var (satisfied, reason, message) = ticket.Judge(running?.Node, running?.FrontendDisabled ?? false);
            var status = old[ticket.Id]?.DeepClone() as JsonObject ?? [];
            status["id"] = ticket.Id;
            status["satisfied"] = satisfied;
            status["generation"] = ticket.Generation;
            status.SetCondition("Satisfied", satisfied, reason, message, context.Now);
            statuses[ticket.Id] = status;
        }

        attachment.Status()["attachmentTicketStatuses"] = statuses;
    }

    private static JsonObject Map(IEnumerable<ReplicaStatus> replicas, Func<ReplicaStatus, string> value) =>
        new(replicas.Select(replica => KeyValuePair.Create(replica.Name, (JsonNode?)value(replica))));
}
