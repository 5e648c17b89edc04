using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Patches;

/// <summary>Strategic merge patch: a merge patch that knows which lists have keys, and directives that begin with $.</summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeleteValues = "$deleteFromPrimitiveList/";
    private const string ElementOrder = "$setElementOrder/";

    public static void Apply(JsonObject target, JsonObject patch, string name = "")
    {
        if (patch.Text(Directive) == "replace")
        {
            target.Clear();
            foreach (var (key, value) in patch)
            {
                if (key != Directive)
                {
                    target[key] = value?.DeepClone();
                }
            }

            return;
        }

        if (patch.List(RetainKeys) is { } retained)
        {
            var keep = retained.Texts().ToHashSet(StringComparer.Ordinal);
            foreach (var key in target.Select(member => member.Key).Where(key => !keep.Contains(key)).ToList())
            {
                target.Remove(key);
            }
        }

        foreach (var (key, value) in patch)
        {
            if (key is Directive or RetainKeys || key.StartsWith(ElementOrder, StringComparison.Ordinal))
            {
                continue;
            }

            if (key.StartsWith(DeleteValues, StringComparison.Ordinal))
            {
                Remove(target.List(key[DeleteValues.Length..]), value as JsonArray);
                continue;
            }

            switch (value)
            {
                case null:
                    target.Remove(key);
                    break;
                case JsonObject inner when inner.Text(Directive) == "delete":
                    target.Remove(key);
                    break;
                case JsonObject inner:
                    Apply(target.Ensure(key), inner, key);
                    break;
                case JsonArray list when ListKeys.IsSet(key):
                    Union(target, key, list);
                    break;
                case JsonArray list when ListKeys.Of(name, key) is { } keys && list.All(item => item is JsonObject):
                    MergeList(target, key, list, keys);
                    break;
                default:
                    target[key] = value.DeepClone();
                    break;
            }
        }
    }

    private static void MergeList(JsonObject target, string key, JsonArray patch, IReadOnlyList<string> keys)
    {
        var list = target[key] as JsonArray;
        if (list is null || patch.Maps().Any(item => item.Count == 1 && item.Text(Directive) == "replace"))
        {
            target[key] = list = [];
        }

        foreach (var item in patch.Maps())
        {
            var directive = item.Text(Directive);
            if (item.Count == 1 && directive == "replace")
            {
                continue;
            }

            var existing = list.Maps().FirstOrDefault(candidate => Same(candidate, item, keys));
            if (directive == "delete")
            {
                if (existing is not null)
                {
                    list.Remove(existing);
                }
            }
            else if (existing is null)
            {
                var added = new JsonObject();
                Apply(added, item, key);
                list.Add((JsonNode)added);
            }
            else
            {
                Apply(existing, item, key);
            }
        }
    }

    // The first key always counts; the others only when the patch names them (protocol is usually left to its default).
    private static bool Same(JsonObject left, JsonObject right, IReadOnlyList<string> keys)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            if ((i == 0 || (left.ContainsKey(keys[i]) && right.ContainsKey(keys[i]))) && !JsonNode.DeepEquals(left[keys[i]], right[keys[i]]))
            {
                return false;
            }
        }

        return true;
    }

    private static void Union(JsonObject target, string key, JsonArray values)
    {
        if (target[key] is not JsonArray list)
        {
            target[key] = values.DeepClone();
            return;
        }

        foreach (var value in values)
        {
            if (!list.Any(item => JsonNode.DeepEquals(item, value)))
            {
                list.Add(value?.DeepClone());
            }
        }
    }

    private static void Remove(JsonArray? list, JsonArray? values)
    {
        foreach (var value in values ?? [])
        {
            if (list?.FirstOrDefault(item => JsonNode.DeepEquals(item, value)) is { } found)
            {
                list.Remove(found);
            }
        }
    }
}
