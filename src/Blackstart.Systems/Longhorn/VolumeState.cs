using System.Globalization;
using System.Text.Json.Nodes;

namespace Blackstart.Systems.Longhorn;

/// <summary>What the cluster says of one Longhorn volume.</summary>
/// <param name="Name">The volume.</param>
/// <param name="Volume">Its Volume object.</param>
/// <param name="Engines">Its Engine objects: one, unless something is wrong.</param>
/// <param name="Replicas">Its Replica objects.</param>
/// <param name="Attachment">Its <c>volumeattachments.longhorn.io</c> object; null when there is none.</param>
internal sealed record VolumeState(string Name, JsonObject Volume, IReadOnlyList<JsonObject> Engines, IReadOnlyList<JsonObject> Replicas, JsonObject? Attachment)
{
    /// <summary>Annotation on a Volume: the directories that were its replicas when a recovery had verified it, separated by spaces.</summary>
    public const string VerifiedAnnotation = "blackstart.dev/verified";

    /// <summary>Annotation on a Volume: the UID of the object that was verified. On any other object the note says nothing.</summary>
    public const string VerifiedUidAnnotation = "blackstart.dev/verified-uid";

    /// <summary>Annotation on a Volume: what it held when it was verified, such as <c>ext4:UUID</c>.</summary>
    public const string VerifiedContentAnnotation = "blackstart.dev/verified-content";

    /// <summary>Annotation on a Volume that a recovery has begun to write and not yet verified: whatever its content looks like, it may be half of it.</summary>
    public const string UnfinishedAnnotation = "blackstart.dev/unfinished";

    /// <summary>The Volume object's UID: one that was made again is another one.</summary>
    public string Uid => Text(Volume, "metadata", "uid") ?? "";

    /// <summary><c>attached</c>, <c>detached</c>, <c>attaching</c>, …</summary>
    public string State => Text(Volume, "status", "state") ?? "unknown";

    /// <summary><c>healthy</c>, <c>degraded</c>, <c>faulted</c>, <c>unknown</c>.</summary>
    public string Robustness => Text(Volume, "status", "robustness") ?? "unknown";

    /// <summary>The node it is attached to; empty when detached.</summary>
    public string Node => Text(Volume, "status", "currentNodeID") ?? "";

    /// <summary>Its size in bytes.</summary>
    public long Size => long.Parse(Text(Volume, "spec", "size") ?? "0", CultureInfo.InvariantCulture);

    /// <summary>Where its engine offers the block device; null while it offers none, and while several do, as in a migration: nobody can say which is right.</summary>
    public string? Endpoint => Engines.Select(e => Text(e, "status", "endpoint")).Where(e => !string.IsNullOrEmpty(e)).Distinct(StringComparer.Ordinal).ToList() is [var only] ? only : null;

    /// <summary>Directories of its current replicas, as (node, directory name).</summary>
    public IEnumerable<(string Node, string Directory)> Directories => Replicas
        .Select(r => (Text(r, "spec", "nodeID") ?? "", Text(r, "spec", "dataDirectoryName") ?? ""))
        .Where(d => d.Item2.Length > 0);

    /// <summary>Directories of those current replicas that are in service: once healthy and not failed since.</summary>
    public IEnumerable<(string Node, string Directory)> HealthyDirectories => Replicas
        .Where(r => !string.IsNullOrEmpty(Text(r, "spec", "healthyAt")) && string.IsNullOrEmpty(Text(r, "spec", "failedAt")))
        .Select(r => (Text(r, "spec", "nodeID") ?? "", Text(r, "spec", "dataDirectoryName") ?? ""))
        .Where(d => d.Item2.Length > 0);

    /// <summary>Names of the directories that a recovery verified, as it noted on the Volume.</summary>
    public IEnumerable<string> VerifiedDirectories => Annotation(VerifiedUidAnnotation) == Uid
        ? (Annotation(VerifiedAnnotation) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        : [];

    /// <summary>Whether a recovery verified this very object, and a directory that it verified is still one of its replicas, in service.</summary>
    public bool IsVerified => !IsUnfinished && HealthyDirectories.Select(d => d.Directory).Intersect(VerifiedDirectories, StringComparer.Ordinal).Any();

    /// <summary>What it held when it was verified; null when it was not.</summary>
    public string? VerifiedContent => IsVerified ? Annotation(VerifiedContentAnnotation) : null;

    /// <summary>Whether a recovery has begun to write it and not verified it yet.</summary>
    public bool IsUnfinished => Annotation(UnfinishedAnnotation) is not null;

    /// <summary>Ids of the tickets that hold it attached.</summary>
    public IEnumerable<string> Tickets => (Attachment?["spec"]?["attachmentTickets"]?.AsObject() ?? []).Select(t => t.Key);

    /// <summary>Whether a ticket is satisfied as it stands now: its status tells the same generation.</summary>
    public bool IsSatisfied(string ticket)
    {
        var asked = Attachment?["spec"]?["attachmentTickets"]?[ticket];
        var answered = Attachment?["status"]?["attachmentTicketStatuses"]?[ticket];
        return asked is not null
            && answered?["satisfied"]?.GetValue<bool>() == true
            && (answered["generation"]?.GetValue<long>() ?? 0) == (asked["generation"]?.GetValue<long>() ?? 0);
    }

    private string? Annotation(string name) => Volume["metadata"]?["annotations"]?[name]?.GetValue<string>();

    private static string? Text(JsonObject from, string first, string second) => from[first]?[second]?.GetValue<string>();
}
