using Blackstart.Longhorn.Devices;
using System.Text.Json.Nodes;
using Blackstart.Longhorn.Content;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>Reads from a cluster what is captured of it. Nothing is written to the cluster.</summary>
/// <param name="list">Lists the objects of a path; none when the cluster does not know the kind.</param>
/// <param name="namespace">Longhorn's namespace.</param>
/// <param name="readContent">What a volume holds; null when it cannot be read.</param>
internal sealed class ClusterReading(
    Func<string, CancellationToken, Task<IReadOnlyList<JsonObject>>> list,
    string @namespace,
    Func<VolumeState, CancellationToken, Task<VolumeContent?>> readContent)
{
    private const string Driver = "driver.longhorn.io";

    /// <summary>The reading of a cluster over a connection that rejects every writing method.</summary>
    public static async Task<ClusterObjects> OfAsync(KubernetesReader reader, CaptureOptions options, CancellationToken cancellationToken)
    {
        var reading = new ClusterReading(reader.ListAsync, options.Namespace, options.ReadContent);
        return await reading.ReadAsync(await ClusterIdentity.AskAsync(reader, cancellationToken), cancellationToken);
    }

    /// <summary>Everything that is captured, in the order in which it is applied.</summary>
    /// <param name="cluster">UID of the namespace <c>kube-system</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<ClusterObjects> ReadAsync(string? cluster, CancellationToken cancellationToken)
    {
        var volumes = await ListAsync(CapturedKind.Volume, cancellationToken);
        var persistent = (await ListAsync(CapturedKind.PersistentVolume, cancellationToken)).Where(p => Text(p, "spec", "csi", "driver") == Driver).ToList();
        var claims = await ListAsync(CapturedKind.PersistentVolumeClaim, cancellationToken);
        var notRead = new HashSet<string>(StringComparer.Ordinal);
        List<CapturedObject> objects =
        [
            .. Kept(CapturedKind.StorageClass, (await ListAsync(CapturedKind.StorageClass, cancellationToken)).Where(c => Text(c, "provisioner") == Driver)),
            .. Kept(CapturedKind.Setting, (await ListAsync(CapturedKind.Setting, cancellationToken)).Where(s => SettingsThatMatter.Contains(Name(s)))),
            .. Kept(CapturedKind.BackupTarget, await ListAsync(CapturedKind.BackupTarget, cancellationToken)),
            .. (await ListAsync(CapturedKind.BackingImage, cancellationToken)).Select(BackingImage),
        ];
        var states = await StatesAsync(volumes, cancellationToken);
        foreach (var state in states)
        {
            objects.Add(await VolumeAsync(state, notRead, cancellationToken));
            foreach (var binding in persistent.Where(p => Text(p, "spec", "csi", "volumeHandle") == state.Name))
            {
                objects.AddRange(Kept(CapturedKind.PersistentVolume, [binding]));
                objects.AddRange(Kept(CapturedKind.PersistentVolumeClaim, claims.Where(c => IsBound(c, binding))));
            }
        }

        objects.AddRange(Kept(CapturedKind.RecurringJob, await ListAsync(CapturedKind.RecurringJob, cancellationToken)));
        objects.AddRange(Kept(CapturedKind.Node, await ListAsync(CapturedKind.Node, cancellationToken)));
        return new ClusterObjects(cluster, objects, notRead)
        {
            Verified = states.Where(s => s.IsVerified).Select(s => s.Name).ToHashSet(StringComparer.Ordinal),
            Unfinished = states.Where(s => s.IsUnfinished).Select(s => s.Name).ToHashSet(StringComparer.Ordinal),
        };
    }

    private static bool IsBound(JsonObject claim, JsonObject persistent) =>
        Text(claim, "spec", "volumeName") == Name(persistent)
        && (Text(persistent, "spec", "claimRef", "name") is not { } reserved
            || (reserved == Name(claim) && Text(persistent, "spec", "claimRef", "namespace") == Text(claim, "metadata", "namespace")));

    private static CapturedObject BackingImage(JsonObject live)
    {
        var body = KeptFields.Of(CapturedKind.BackingImage, live);
        Annotate(body, LonghornCapture.BackingUuidAnnotation, Text(live, "status", "uuid"));
        Annotate(body, LonghornCapture.BackingChecksumAnnotation, Text(live, "status", "checksum"));
        return new CapturedObject(body);
    }

    private async Task<CapturedObject> VolumeAsync(VolumeState state, HashSet<string> notRead, CancellationToken cancellationToken)
    {
        var body = KeptFields.Of(CapturedKind.Volume, state.Volume);
        if (await readContent(state, cancellationToken) is { } content)
        {
            Annotate(body, LonghornCapture.ContentAnnotation, DeviceContent.WordOf(content));
        }
        else
        {
            notRead.Add(state.Name);
            Annotate(body, LonghornCapture.ContentAnnotation, state.VerifiedContent);
        }

        Annotate(body, LonghornCapture.ReplicasAnnotation, string.Join(' ', state.Directories.Select(d => d.Directory).Order(StringComparer.Ordinal)));
        Annotate(body, LonghornCapture.UidAnnotation, state.Uid);
        return new CapturedObject(body);
    }

    /// <summary>The volumes with their engines and replicas, each kind asked for once.</summary>
    private async Task<IReadOnlyList<VolumeState>> StatesAsync(IReadOnlyList<JsonObject> volumes, CancellationToken cancellationToken)
    {
        var engines = await OfVolumesAsync("engines", cancellationToken);
        var replicas = await OfVolumesAsync("replicas", cancellationToken);
        return [.. volumes.Select(v => new VolumeState(Name(v), v, [.. engines[Name(v)]], [.. replicas[Name(v)]], null))];
    }

    private async Task<ILookup<string?, JsonObject>> OfVolumesAsync(string plural, CancellationToken cancellationToken) =>
        (await list($"/apis/longhorn.io/v1beta2/namespaces/{@namespace}/{plural}", cancellationToken)).ToLookup(o => Text(o, "spec", "volumeName"), StringComparer.Ordinal);

    private async Task<IReadOnlyList<JsonObject>> ListAsync(CapturedKind kind, CancellationToken cancellationToken) =>
        [.. (await list(kind.ListPath(@namespace), cancellationToken)).OrderBy(o => Text(o, "metadata", "namespace") ?? "", StringComparer.Ordinal).ThenBy(Name, StringComparer.Ordinal)];

    private static IEnumerable<CapturedObject> Kept(CapturedKind kind, IEnumerable<JsonObject> live) => live.Select(o => new CapturedObject(KeptFields.Of(kind, o)));

    /// <summary>Adds an annotation at its place in the order of names.</summary>
    private static void Annotate(JsonObject body, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        var metadata = body["metadata"]!.AsObject();
        var all = (metadata["annotations"] as JsonObject ?? []).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())).Where(p => p.Key != name).Append(new(name, value));
        metadata.Remove("annotations");
        metadata["annotations"] = new JsonObject(all.OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    /// <summary>The captured content of volumes that could not be read now, as far as they are still the same volumes.</summary>
    public static ClusterObjects WithKnownContent(ClusterObjects now, ClusterObjects? before)
    {
        var known = (before?.OfKind(CapturedKind.Volume) ?? []).ToDictionary(v => v.Key.Name, StringComparer.Ordinal);
        return now with
        {
            Objects = [.. now.Objects.Select(o =>
            {
                if (o.Key.Kind != CapturedKind.Volume.Kind || !now.NotRead.Contains(o.Key.Name) || !known.TryGetValue(o.Key.Name, out var then)
                    || then.Annotation(LonghornCapture.UidAnnotation) != o.Annotation(LonghornCapture.UidAnnotation))
                {
                    return o;
                }

                var body = o.Body.DeepClone().AsObject();
                Annotate(body, LonghornCapture.ContentAnnotation, then.Annotation(LonghornCapture.ContentAnnotation));
                return new CapturedObject(body);
            })],
        };
    }

    private static string Name(JsonObject o) => o["metadata"]!["name"]!.GetValue<string>();

    private static string? Text(JsonObject o, params ReadOnlySpan<string> path)
    {
        JsonNode? at = o;
        foreach (var name in path)
        {
            at = (at as JsonObject)?[name];
        }

        return at?.ToString();
    }
}
