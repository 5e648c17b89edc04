using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>Short ways to read a JSON object by path; what is missing or of another type reads as <see langword="null"/>.</summary>
internal static class JsonAccess
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 256 };

    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (node is not JsonObject map || !map.TryGetPropertyValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }

    public static JsonObject? Map(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    public static JsonArray? List(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonArray;

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        if (node.At(path) is not JsonValue value)
        {
            return null;
        }

        return value.TryGetValue<long>(out var whole) ? whole
            : value.TryGetValue<int>(out var small) ? small
            : value.TryGetValue<double>(out var real) ? (long)real
            : null;
    }

    /// <summary>A number, however the node holds it: read from text, or set by code as an integer.</summary>
    public static double? Real(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        if (node.At(path) is not JsonValue value)
        {
            return null;
        }

        return value.TryGetValue<double>(out var real) ? real
            : value.TryGetValue<long>(out var whole) ? whole
            : value.TryGetValue<int>(out var small) ? small
            : null;
    }

    public static bool? Flag(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>The object under a name, made when it is missing or not an object.</summary>
    public static JsonObject Ensure(this JsonObject node, string name)
    {
        if (node[name] is JsonObject existing)
        {
            return existing;
        }

        var made = new JsonObject();
        node[name] = made;
        return made;
    }

    /// <summary>Sets a member that is missing or null.</summary>
    public static void Default(this JsonObject node, string name, JsonNode? value)
    {
        if (node[name] is null)
        {
            node[name] = value;
        }
    }

    public static JsonObject Copy(this JsonObject node) => (JsonObject)node.DeepClone();

    /// <summary>Sets a member, or takes it off when the value is null.</summary>
    public static void Assign(this JsonObject node, string name, JsonNode? value)
    {
        if (value is null)
        {
            node.Remove(name);
        }
        else
        {
            node[name] = value.Parent is null ? value : value.DeepClone();
        }
    }

    public static IEnumerable<JsonObject> Maps(this JsonArray? list) => list is null ? [] : list.OfType<JsonObject>();

    public static IEnumerable<string> Texts(this JsonArray? list)
    {
        foreach (var item in list ?? [])
        {
            if (item is JsonValue value && value.TryGetValue<string>(out var text))
            {
                yield return text;
            }
        }
    }

    /// <summary>Parses one JSON value; a repeated member is an error.</summary>
    public static JsonNode? Parse(ReadOnlySpan<byte> json) => JsonNode.Parse(json, documentOptions: Strict);

    public static string Name(this JsonObject node) => node.Text("metadata", "name") ?? string.Empty;

    public static string? Namespace(this JsonObject node) => node.Text("metadata", "namespace");

    public static string Uid(this JsonObject node) => node.Text("metadata", "uid") ?? string.Empty;

    public static bool IsDeleting(this JsonObject node) => node.Text("metadata", "deletionTimestamp") is not null;

    public static JsonArray Strings(params ReadOnlySpan<string> values)
    {
        var list = new JsonArray();
        foreach (var value in values)
        {
            list.Add((JsonNode)value);
        }

        return list;
    }
}
