using System.Text.Json.Nodes;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>
/// What is kept of a live object: its name, labels, annotations and what people decided about it. Status, owners, finalizers and
/// everything that a cluster writes by itself stays out, and so does what would start a restore or clone when it is applied.
/// </summary>
internal static class KeptFields
{
    /// <summary>What Blackstart itself says of an object begins so; it is never taken over from the cluster, where it may be old.</summary>
    public const string OwnPrefix = "blackstart.dev/";

    // longhorn-manager, webhook/resources/volume/mutator.go sets image; the others are set while a volume is attached, moved, restored or cloned.
    private static readonly string[] LiveVolumeFields =
    [
        "nodeID", "engineNodeID", "migrationNodeID", "lastAttachedBy", "disableFrontend", "fromBackup", "dataSource", "cloneMode", "Standby", "snapshotHashingRequestedAt", "image",
    ];

    // Disks that hold a copy now: their UUIDs are those of this cluster.
    private static readonly string[] LiveBackingImageFields = ["disks", "diskFileSpecMap"];

    // A claim made anew must bind, not be filled once more from a snapshot.
    private static readonly string[] LiveClaimFields = ["dataSource", "dataSourceRef"];

    // An eviction that was under way must not begin again.
    private static readonly string[] LiveNodeFields = ["evictionRequested"];

    private static readonly string[] LiveBackupTargetFields = ["syncRequestedAt"];

    // With the binder's marks a claim made anew would count as bound before, and lost.
    private static readonly string[] LiveAnnotations =
    [
        "kubectl.kubernetes.io/last-applied-configuration", "pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller",
        "volume.kubernetes.io/selected-node", "longhorn.io/volume-scheduling-error", "longhorn.io/last-applied-configmap", "longhorn.io/configmap-resource-version",
    ];

    /// <summary>The kept part of an object, its fields in one order whatever the order they came in.</summary>
    public static JsonObject Of(CapturedKind kind, JsonObject live)
    {
        var body = new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = Metadata(kind, live["metadata"]!.AsObject()) };
        foreach (var (name, value) in Rest(kind, live))
        {
            body[name] = value;
        }

        return body;
    }

    private static JsonObject Metadata(CapturedKind kind, JsonObject live)
    {
        var metadata = new JsonObject { ["name"] = live["name"]!.GetValue<string>() };
        if (live["namespace"] is { } place)
        {
            metadata["namespace"] = place.GetValue<string>();
        }

        // Labels and annotations of settings are Longhorn's own bookkeeping.
        foreach (var name in kind == CapturedKind.Setting ? [] : (string[])["labels", "annotations"])
        {
            var kept = (live[name] as JsonObject ?? []).Where(p => !LiveAnnotations.Contains(p.Key, StringComparer.Ordinal) && !p.Key.StartsWith(OwnPrefix, StringComparison.Ordinal));
            if (Canonical(new JsonObject(kept.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())))) is { } value)
            {
                metadata[name] = value;
            }
        }

        return metadata;
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Rest(CapturedKind kind, JsonObject live)
    {
        if (kind == CapturedKind.Setting)
        {
            return [new("value", live["value"]?.GetValue<string>() ?? "")];
        }

        if (kind == CapturedKind.StorageClass)
        {
            var own = live.Where(p => p.Key is not ("apiVersion" or "kind" or "metadata" or "status"));
            return Canonical(new JsonObject(own.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())))) is JsonObject kept ? [.. kept.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))] : [];
        }

        return [new("spec", Canonical(Spec(kind, live["spec"]!.DeepClone().AsObject())) ?? new JsonObject())];
    }

    private static JsonObject Spec(CapturedKind kind, JsonObject spec)
    {
        foreach (var field in LiveFields(kind))
        {
            spec.Remove(field);
        }

        if (spec["claimRef"] is JsonObject claim)
        {
            // With the old claim's uid the volume would stay Released for ever.
            claim.Remove("uid");
            claim.Remove("resourceVersion");
        }

        if (kind == CapturedKind.Node)
        {
            foreach (var disk in (spec["disks"] as JsonObject ?? []).Select(d => d.Value).OfType<JsonObject>())
            {
                disk.Remove("evictionRequested");
            }
        }

        return spec;
    }

    private static string[] LiveFields(CapturedKind kind) =>
        kind == CapturedKind.Volume ? LiveVolumeFields
        : kind == CapturedKind.BackingImage ? LiveBackingImageFields
        : kind == CapturedKind.PersistentVolumeClaim ? LiveClaimFields
        : kind == CapturedKind.Node ? LiveNodeFields
        : kind == CapturedKind.BackupTarget ? LiveBackupTargetFields
        : [];

    /// <summary>Fields by name; nothing that is null, and no list or map that is empty: to the API they are as if absent.</summary>
    private static JsonNode? Canonical(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                var kept = new JsonObject();
                foreach (var (name, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    if (Canonical(value) is { } canonical)
                    {
                        kept[name] = canonical;
                    }
                }

                return kept.Count > 0 ? kept : null;
            case JsonArray list:
                return list.Count > 0 ? new JsonArray([.. list.Select(i => Canonical(i) ?? i?.DeepClone())]) : null;
            default:
                return node?.DeepClone();
        }
    }
}
