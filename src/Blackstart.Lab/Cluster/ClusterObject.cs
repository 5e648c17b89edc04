using System.Text.Json.Nodes;

namespace Blackstart.Lab.Cluster;

/// <summary>Short ways into the parts that every Kubernetes object has.</summary>
internal static class ClusterObject
{
    public static string Name(this JsonObject item) => item["metadata"]?["name"]?.GetValue<string>() ?? "";

    /// <summary>Namespace; null for a cluster-scoped object.</summary>
    public static string? Namespace(this JsonObject item) => item["metadata"]?["namespace"]?.GetValue<string>();

    public static string Uid(this JsonObject item) => item["metadata"]?["uid"]?.GetValue<string>() ?? "";

    public static string? ResourceVersion(this JsonObject item) => item["metadata"]?["resourceVersion"]?.GetValue<string>();

    public static bool IsBeingDeleted(this JsonObject item) => item["metadata"]?["deletionTimestamp"] is not null;

    /// <summary>Namespace and name as one key; the namespace is empty for a cluster-scoped object.</summary>
    public static string Key(this JsonObject item) => $"{item.Namespace()}/{item.Name()}";

    /// <summary>The node at a path of property names; null when a part of it is missing or no object.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            node = (node as JsonObject)?[part];
        }

        return node;
    }

    /// <summary>The text at a path; null when it is missing or no string.</summary>
    public static string? TextAt(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The objects of an array at a path; none when it is missing.</summary>
    public static IEnumerable<JsonObject> ItemsAt(this JsonNode? node, params ReadOnlySpan<string> path) =>
        (node.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];
}
