using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>One wish to have a volume attached, as it stands in the VolumeAttachment of the volume's name.</summary>
/// <param name="Id">Its key, which must equal its id.</param>
/// <param name="Type">Who wishes.</param>
/// <param name="NodeId">Where.</param>
/// <param name="DisableFrontend">Maintenance mode: an engine without a block device.</param>
/// <param name="LastAttachedBy">Kept for people.</param>
/// <param name="Generation">Echoed in the ticket's status.</param>
/// <param name="Refusal">Why it can never be satisfied; null if it can.</param>
internal sealed record AttachmentTicket(
    string Id,
    string Type,
    string NodeId,
    bool DisableFrontend,
    string LastAttachedBy,
    long Generation,
    string? Refusal)
{
    /// <summary>Higher beats lower (longhorn-manager, k8s/pkg/apis/longhorn/v1beta2/volumeattachment.go).</summary>
    public int Priority => Type switch
    {
        "volume-restore-controller" or "volume-expansion-controller" => 2000,
        "longhorn-api" => 1000,
        "csi-attacher" or "salvage-controller" or "share-manager-controller" => 900,
        _ => 800,
    };

    /// <summary>The tickets of a VolumeAttachment.</summary>
    public static IReadOnlyList<AttachmentTicket> Read(JsonObject attachment, IReadOnlyCollection<string> nodes)
    {
        var tickets = new List<AttachmentTicket>();
        foreach (var (key, value) in attachment.At("spec", "attachmentTickets") as JsonObject ?? [])
        {
            if (value is not JsonObject ticket)
            {
                continue;
            }

            var node = ticket.TextAt("nodeID") ?? "";
            var refusal = (ticket.TextAt("id") ?? "") != key ? $"the ticket's id differs from its key {key}"
                : !nodes.Contains(node) ? $"there is no node {node}"
                : null;
            tickets.Add(new AttachmentTicket(
                key,
                ticket.TextAt("type") ?? "",
                node,
                ticket.TextAt("parameters", "disableFrontend") == "true",
                ticket.TextAt("parameters", "lastAttachedBy") ?? "",
                ticket.Number(0, "generation"),
                refusal));
        }

        return tickets;
    }

    /// <summary>The ticket that decides; a volume stays where it is unless a higher one wants it elsewhere. Null if there is none.</summary>
    public static AttachmentTicket? Choose(IEnumerable<AttachmentTicket> tickets, string? currentNode, bool currentFrontendDisabled) => tickets
        .Where(ticket => ticket.Refusal is null)
        .OrderByDescending(ticket => ticket.Priority)
        .ThenByDescending(ticket => ticket.NodeId == currentNode)
        .ThenByDescending(ticket => ticket.NodeId == currentNode && ticket.DisableFrontend == currentFrontendDisabled)
        .ThenBy(ticket => ticket.Id, StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>Whether a volume attached like this satisfies the ticket; and if not, why.</summary>
    public (bool Satisfied, string Reason, string Message) Judge(string? attachedNode, bool frontendDisabled)
    {
        if (Refusal is not null)
        {
            return (false, "InvalidTicket", Refusal);
        }

        if (string.IsNullOrEmpty(attachedNode))
        {
            return (false, "", "the volume is not attached yet");
        }

        if (attachedNode != NodeId)
        {
            return (false, "", $"the volume is attached to node {attachedNode}");
        }

        return DisableFrontend == frontendDisabled
            ? (true, "", "")
            : (false, "AttachedWithIncompatibleParameters", $"the volume is attached with disableFrontend {(frontendDisabled ? "true" : "false")}");
    }
}
