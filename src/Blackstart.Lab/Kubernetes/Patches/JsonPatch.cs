using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Patches;

/// <summary>JSON patch, RFC 6902.</summary>
internal static class JsonPatch
{
    /// <summary>Applies the operations in order; the target is changed.</summary>
    /// <exception cref="ApiException">An operation does not fit.</exception>
    public static JsonObject Apply(JsonObject target, JsonArray operations)
    {
        JsonNode root = target;
        foreach (var node in operations)
        {
            if (node is not JsonObject operation || operation.Text("path") is not { } path)
            {
                throw Refusal.PatchDoesNotFit();
            }

            switch (operation.Text("op"))
            {
                case "add":
                    root = Add(root, path, operation["value"]?.DeepClone());
                    break;
                case "replace":
                    Find(root, path);
                    root = path.Length == 0 ? operation["value"]!.DeepClone() : Replace(root, path, operation["value"]?.DeepClone());
                    break;
                case "remove":
                    Remove(root, path);
                    break;
                case "test":
                    if (!JsonNode.DeepEquals(Find(root, path), operation["value"]))
                    {
                        throw Refusal.PatchDoesNotFit();
                    }

                    break;
                case "copy":
                    root = Add(root, path, Find(root, operation.Text("from") ?? string.Empty)?.DeepClone());
                    break;
                case "move":
                    var from = operation.Text("from") ?? string.Empty;
                    var moved = Find(root, from)?.DeepClone();
                    Remove(root, from);
                    root = Add(root, path, moved);
                    break;
                default:
                    throw Refusal.PatchDoesNotFit();
            }
        }

        return root as JsonObject ?? throw Refusal.PatchDoesNotFit();
    }

    private static string[] Parts(string path) => path.Length == 0
        ? []
        : path[0] == '/'
            ? [.. path[1..].Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))]
            : throw Refusal.PatchDoesNotFit();

    private static JsonNode? Find(JsonNode root, string path) => Find(root, Parts(path));

    private static JsonNode? Find(JsonNode root, ReadOnlySpan<string> parts)
    {
        JsonNode? node = root;
        foreach (var part in parts)
        {
            node = node switch
            {
                JsonObject map when map.TryGetPropertyValue(part, out var value) => value,
                JsonArray list => list[Index(list, part, list.Count - 1)],
                _ => throw Refusal.PatchDoesNotFit(),
            };
        }

        return node;
    }

    private static int Index(JsonArray list, string part, int last) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= last && list is not null
            ? index
            : throw Refusal.PatchDoesNotFit();

    private static JsonNode Add(JsonNode root, string path, JsonNode? value)
    {
        var parts = Parts(path);
        if (parts.Length == 0)
        {
            return value ?? throw Refusal.PatchDoesNotFit();
        }

        switch (Find(root, parts.AsSpan()[..^1]))
        {
            case JsonObject map:
                map[parts[^1]] = value;
                break;
            case JsonArray list when parts[^1] == "-":
                list.Add(value);
                break;
            case JsonArray list:
                list.Insert(Index(list, parts[^1], list.Count), value);
                break;
            default:
                throw Refusal.PatchDoesNotFit();
        }

        return root;
    }

    private static JsonNode Replace(JsonNode root, string path, JsonNode? value)
    {
        var parts = Parts(path);
        switch (Find(root, parts.AsSpan()[..^1]))
        {
            case JsonObject map:
                map[parts[^1]] = value;
                break;
            case JsonArray list:
                list[Index(list, parts[^1], list.Count - 1)] = value;
                break;
        }

        return root;
    }

    private static void Remove(JsonNode root, string path)
    {
        var parts = Parts(path);
        if (parts.Length == 0)
        {
            throw Refusal.PatchDoesNotFit();
        }

        switch (Find(root, parts.AsSpan()[..^1]))
        {
            case JsonObject map when map.Remove(parts[^1]):
                break;
            case JsonArray list:
                list.RemoveAt(Index(list, parts[^1], list.Count - 1));
                break;
            default:
                throw Refusal.PatchDoesNotFit();
        }
    }
}
