using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>
/// Takes the snapshot that a Snapshot object asks for, once, while its volume is attached. Nothing more: a snapshot is not reverted to,
/// purged or deleted here, and deleting the object leaves the layer where it is.
/// </summary>
internal sealed class SnapshotController(LonghornContext context, EngineHost engines)
{
    private readonly ObjectStore _store = context.Store;

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        foreach (var snapshot in _store.All(LonghornKinds.Snapshots))
        {
            if (snapshot.IsBeingDeleted() || snapshot.Flag("status", "readyToUse") || !snapshot.Flag("spec", "createSnapshot")
                || snapshot.TextAt("spec", "volume") is not { } volume || engines.Find(volume) is not { } running)
            {
                continue;
            }

            await TakeAsync(snapshot, volume, running, cancellationToken);
        }
    }

    private async Task TakeAsync(JsonObject snapshot, string volume, RunningEngine running, CancellationToken cancellationToken)
    {
        var error = "";
        try
        {
            await running.Engine.SnapshotAsync(snapshot.Name(), userCreated: true, Labels(snapshot), cancellationToken);
            context.Log($"volume {volume}: snapshot {snapshot.Name()} taken");
        }
        catch (IOException exception) when (exception.Message.Contains("already", StringComparison.Ordinal))
        {
            // Taken by a manager that ended before it could say so.
        }
        catch (IOException exception)
        {
            error = exception.Message;
        }

        await _store.ChangeAsync(
            LonghornKinds.Snapshots,
            snapshot.Name(),
            item =>
            {
                var status = item.Status();
                status["readyToUse"] = error.Length == 0;
                status["error"] = error;
                status["userCreated"] = true;
                status["creationTime"] = context.Now;
                status["restoreSize"] = running.Engine.Size;
                status["ownerID"] = running.Node;
            },
            cancellationToken);
    }

    private static Dictionary<string, string>? Labels(JsonObject snapshot) =>
        (snapshot.At("spec", "labels") as JsonObject)?.ToDictionary(label => label.Key, label => label.Value?.ToString() ?? "", StringComparer.Ordinal);
}
