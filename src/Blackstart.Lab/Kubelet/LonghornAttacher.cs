using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Kubelet;

/// <summary>
/// What kubelet, attach-detach controller and Longhorn's CSI attacher do together for one node: a ticket in Longhorn's
/// VolumeAttachment for as long as a pod of the node uses the volume, and the block device once the ticket is satisfied.
/// </summary>
internal sealed class LonghornAttacher(string node, ClusterClient client, TimeProvider time) : IDisposable
{
    public const string Driver = "driver.longhorn.io";
    public const string Namespace = "longhorn-system";

    private static readonly ResourceType Attachments = ResourceType.Longhorn("volumeattachments");
    private static readonly ResourceType Engines = ResourceType.Longhorn("engines");
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<string, HashSet<string>> _users = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _change = new(1, 1);

    /// <summary>The ticket's name: one for each volume and node, as the hash in the name of Kubernetes' VolumeAttachment.</summary>
    public string TicketId(string volume) =>
        "csi-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(volume + Driver + node)));

    /// <summary>Asks for the volume on this node and waits for its block device.</summary>
    /// <returns>The device as the Engine object's <c>status.endpoint</c> names it.</returns>
    /// <exception cref="MountException">Longhorn does not know the volume, or it was not attached within <paramref name="patience"/>.</exception>
    public async Task<string> AttachAsync(string volume, string podUid, TimeSpan patience, CancellationToken cancellationToken)
    {
        var id = TicketId(volume);
        var started = time.GetTimestamp();
        while (true)
        {
            var attachment = await client.GetAsync(Attachments, Namespace, volume, cancellationToken)
                ?? throw new MountException(
                    "FailedAttachVolume",
                    $"AttachVolume.Attach failed for volume \"{volume}\" : rpc error: code = NotFound desc = volume {volume} not found");
            await UseAsync(volume, podUid, missing: attachment.At("spec", "attachmentTickets", id) is null, cancellationToken);

            if (attachment.At("status", "attachmentTicketStatuses", id, "satisfied") is JsonValue value
                && value.TryGetValue<bool>(out var satisfied) && satisfied
                && await EndpointAsync(volume, cancellationToken) is { } endpoint
                && await IsThereAsync(endpoint, cancellationToken))
            {
                return endpoint;
            }

            if (time.GetElapsedTime(started) > patience)
            {
                var why = attachment.ItemsAt("status", "attachmentTicketStatuses", id, "conditions")
                    .Select(condition => condition.TextAt("message"))
                    .FirstOrDefault(message => !string.IsNullOrEmpty(message));
                throw new MountException(
                    "FailedAttachVolume",
                    $"AttachVolume.Attach failed for volume \"{volume}\" : rpc error: code = DeadlineExceeded desc = volume {volume} failed to attach to node {node}"
                    + (why is null ? "" : $": {why}"));
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>Takes the ticket back when no other pod of this node uses the volume.</summary>
    public async Task DetachAsync(string volume, string podUid, CancellationToken cancellationToken)
    {
        await _change.WaitAsync(cancellationToken);
        try
        {
            if (_users.TryGetValue(volume, out var users))
            {
                users.Remove(podUid);
                if (users.Count > 0)
                {
                    return;
                }

                _users.Remove(volume);
            }

            await PatchAsync(volume, TicketId(volume), ticket: null, cancellationToken);
        }
        finally
        {
            _change.Release();
        }
    }

    /// <summary>Takes back this node's tickets for volumes that no pod of the node uses: their pods went while no kubelet ran.</summary>
    public async Task SweepAsync(IReadOnlyCollection<string> used, CancellationToken cancellationToken)
    {
        foreach (var attachment in await client.ListAsync(Attachments, Namespace, cancellationToken))
        {
            var volume = attachment.Name();
            if (!used.Contains(volume) && attachment.At("spec", "attachmentTickets", TicketId(volume)) is not null)
            {
                await DetachAsync(volume, "", cancellationToken);
            }
        }
    }

    public void Dispose() => _change.Dispose();

    /// <summary>Counts the pod among the volume's users, and writes the ticket when it is missing.</summary>
    private async Task UseAsync(string volume, string podUid, bool missing, CancellationToken cancellationToken)
    {
        await _change.WaitAsync(cancellationToken);
        try
        {
            if (!_users.TryGetValue(volume, out var users))
            {
                _users[volume] = users = new HashSet<string>(StringComparer.Ordinal);
            }

            users.Add(podUid);
            if (missing)
            {
                await PatchAsync(volume, TicketId(volume), Ticket(TicketId(volume)), cancellationToken);
            }
        }
        finally
        {
            _change.Release();
        }
    }

    private JsonObject Ticket(string id) => new()
    {
        ["id"] = id,
        ["type"] = "csi-attacher",
        ["nodeID"] = node,
        ["generation"] = 0,
        ["parameters"] = new JsonObject { ["disableFrontend"] = "false", ["lastAttachedBy"] = "" },
    };

    private Task<JsonObject?> PatchAsync(string volume, string id, JsonObject? ticket, CancellationToken cancellationToken) =>
        client.PatchAsync(
            Attachments,
            Namespace,
            volume,
            new JsonObject { ["spec"] = new JsonObject { ["attachmentTickets"] = new JsonObject { [id] = ticket } } },
            cancellationToken);

    /// <summary>After a power cut the objects still tell of the device that was there before it.</summary>
    private static async Task<bool> IsThereAsync(string endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await using var device = await NbdClient.ConnectAsync(new Uri(endpoint), cancellationToken);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<string?> EndpointAsync(string volume, CancellationToken cancellationToken) =>
        (await client.ListAsync(Engines, Namespace, cancellationToken))
            .Where(engine => engine.TextAt("spec", "volumeName") == volume && engine.TextAt("spec", "nodeID") == node && !engine.IsBeingDeleted())
            .Select(engine => engine.TextAt("status", "endpoint"))
            .FirstOrDefault(endpoint => !string.IsNullOrEmpty(endpoint));
}
