using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Selectors;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>An object as a Scale (autoscaling/v1).</summary>
internal static class ScaleView
{
    public static JsonObject Of(ResourceKind kind, JsonObject value)
    {
        var paths = kind.Scale ?? throw Refusal.NoSuchResource();
        var metadata = new JsonObject();
        foreach (var name in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            metadata.Assign(name, value.At("metadata", name));
        }

        // A zero is left out, as a Go integer without a pointer is.
        var spec = new JsonObject();
        if (Read(value, paths.Replicas).Number() is { } replicas and not 0)
        {
            spec["replicas"] = replicas;
        }

        var status = new JsonObject { ["replicas"] = Read(value, paths.StatusReplicas).Number() ?? 0 };
        var selector = paths.Selector is not null
            ? Read(value, paths.Selector).Text()
            : LabelSelector.Of(value.Map("spec", "selector")).ToString();
        if (!string.IsNullOrEmpty(selector))
        {
            status["selector"] = selector;
        }

        return new JsonObject { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    /// <summary>Writes a Scale's wish into an object, with its resourceVersion as a condition.</summary>
    public static JsonObject Apply(ResourceKind kind, JsonObject value, JsonObject scale)
    {
        var path = kind.Scale!.Replicas.Split('.');
        var node = value;
        foreach (var part in path[..^1])
        {
            node = node.Ensure(part);
        }

        node[path[^1]] = scale.Number("spec", "replicas") ?? 0;
        if (scale.Text("metadata", "resourceVersion") is { Length: > 0 } version)
        {
            value.Ensure("metadata")["resourceVersion"] = version;
        }

        return value;
    }

    private static JsonNode? Read(JsonObject value, string path) => value.At(path.Split('.'));
}
