using System.Text.Json.Nodes;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>How a cluster differs from a capture of it, in what the capture keeps: fields that a cluster changes by itself are in neither.</summary>
public sealed class CaptureDrift
{
    private CaptureDrift(string? cluster, int volumes, IReadOnlyList<Drift> drifts, IReadOnlyList<string> notRead)
    {
        Cluster = cluster;
        Volumes = volumes;
        Drifts = drifts;
        NotRead = notRead;
    }

    /// <summary>UID of the asked cluster's namespace <c>kube-system</c>; null when it does not say it.</summary>
    public string? Cluster { get; }

    /// <summary>How many volumes were captured.</summary>
    public int Volumes { get; }

    /// <summary>What differs, in the order in which objects are applied.</summary>
    public IReadOnlyList<Drift> Drifts { get; }

    /// <summary>Volumes whose content could not be read now, and was not compared.</summary>
    public IReadOnlyList<string> NotRead { get; }

    /// <summary>Compares.</summary>
    internal static CaptureDrift Between(ClusterObjects captured, ClusterObjects now)
    {
        List<Drift> drifts = [];
        if (captured.Cluster is { } one && one != now.Cluster)
        {
            drifts.Add(new Drift("Namespace/kube-system", "changed", "metadata.uid", one, now.Cluster));
        }

        var current = now.Objects.ToDictionary(o => o.Key);
        foreach (var then in captured.Objects)
        {
            drifts.AddRange(current.TryGetValue(then.Key, out var found) ? Changes(then, found, now.NotRead) : [new Drift(then.Key.ToString(), "removed", null, null, null)]);
        }

        var known = captured.Objects.Select(o => o.Key).ToHashSet();
        drifts.AddRange(now.Objects.Where(o => !known.Contains(o.Key)).Select(o => new Drift(o.Key.ToString(), "added", null, null, null)));
        return new CaptureDrift(now.Cluster, captured.OfKind(CapturedKind.Volume).Count(), drifts, [.. now.NotRead.Order(StringComparer.Ordinal)]);
    }

    private static IEnumerable<Drift> Changes(CapturedObject then, CapturedObject now, IReadOnlySet<string> notRead)
    {
        foreach (var (field, captured, current) in Differences("", Bare(then.Body), Bare(now.Body)))
        {
            yield return new Drift(then.Key.ToString(), "changed", field, captured?.DeepClone(), current?.DeepClone());
        }

        foreach (var (annotation, field) in ((string, string)[])
            [
                (LonghornCapture.UidAnnotation, "metadata.uid"), (LonghornCapture.ContentAnnotation, "content"),
                (LonghornCapture.BackingUuidAnnotation, "status.uuid"), (LonghornCapture.BackingChecksumAnnotation, "status.checksum"),
            ])
        {
            // What the capture does not say cannot have changed; what could not be read now is told apart.
            if (then.Annotation(annotation) is { } captured && captured != now.Annotation(annotation) && !(field == "content" && notRead.Contains(now.Key.Name)))
            {
                yield return new Drift(then.Key.ToString(), "changed", field, captured, now.Annotation(annotation));
            }
        }

        if (then.Annotation(LonghornCapture.ReplicasAnnotation) is { } replicas && replicas != (now.Annotation(LonghornCapture.ReplicasAnnotation) ?? ""))
        {
            yield return new Drift(then.Key.ToString(), "changed", "replicas", List(replicas), List(now.Annotation(LonghornCapture.ReplicasAnnotation)));
        }
    }

    /// <summary>The object without what Blackstart itself noted on it.</summary>
    private static JsonObject Bare(JsonObject body)
    {
        var bare = body.DeepClone().AsObject();
        if (bare["metadata"]?["annotations"] is JsonObject annotations)
        {
            foreach (var own in annotations.Select(a => a.Key).Where(k => k.StartsWith(KeptFields.OwnPrefix, StringComparison.Ordinal)).ToList())
            {
                annotations.Remove(own);
            }
        }

        return bare;
    }

    private static List<(string Field, JsonNode? Captured, JsonNode? Current)> Differences(string path, JsonNode? captured, JsonNode? current)
    {
        if (captured is not JsonObject && current is not JsonObject)
        {
            return Text(captured) == Text(current) ? [] : [(path, captured, current)];
        }

        // A map on one side and nothing on the other differs in each of its fields.
        var (left, right) = (captured as JsonObject ?? [], current as JsonObject ?? []);
        return [.. left.Select(p => p.Key).Union(right.Select(p => p.Key), StringComparer.Ordinal).SelectMany(name => Differences(Join(path, name), left[name], right[name]))];
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "";

    private static string Join(string path, string name) =>
        name.AsSpan().ContainsAny("./") ? $"{path}[\"{name}\"]" : path.Length == 0 ? name : $"{path}.{name}";

    private static JsonArray List(string? text) =>
        [.. (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => (JsonNode)t)];
}
