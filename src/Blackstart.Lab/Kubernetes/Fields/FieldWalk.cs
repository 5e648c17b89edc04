using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>Walks objects as server-side apply sees them.</summary>
internal static class FieldWalk
{
    private static readonly HashSet<string> SystemMetadata = new(StringComparer.Ordinal)
    {
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
        "deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
    };

    /// <summary>The fields that a manifest names.</summary>
    public static FieldSet Named(JsonObject manifest, ObjectShape shape)
    {
        var set = new FieldSet();
        Name(Strip(manifest), shape, string.Empty, [], set);
        return set;
    }

    /// <summary>What became of one version in the next.</summary>
    public static FieldChanges Compare(JsonObject? before, JsonObject? after, ObjectShape shape)
    {
        var changes = new FieldChanges(new FieldSet(), new FieldSet(), new FieldSet());
        CompareMaps(before is null ? [] : Strip(before), after is null ? [] : Strip(after), shape, [], changes);
        return changes;
    }

    /// <summary>A live object with a manifest laid over it.</summary>
    public static void Merge(JsonObject target, JsonObject manifest, ObjectShape shape)
    {
        foreach (var (name, value) in manifest)
        {
            var member = shape.Member(name);
            switch (value)
            {
                case JsonObject inner when target[name] is JsonObject existing && !member.IsAtomic:
                    Merge(existing, inner, member);
                    break;
                case JsonArray list when target[name] is JsonArray existing && member.ListOf(shape.Name) is { } how && (how.Associative || how.Set):
                    MergeList(existing, list, member, how);
                    break;
                default:
                    target[name] = value?.DeepClone();
                    break;
            }
        }
    }

    /// <summary>Takes a path out of an object.</summary>
    public static void Remove(JsonNode root, IReadOnlyList<string> path)
    {
        JsonNode? node = root;
        for (var i = 0; i < path.Count && node is not null; i++)
        {
            var last = i == path.Count - 1;
            var part = path[i];
            if (part.StartsWith("f:", StringComparison.Ordinal) && node is JsonObject map)
            {
                if (last)
                {
                    map.Remove(part[2..]);
                }

                node = last ? null : map[part[2..]];
            }
            else if (node is JsonArray list)
            {
                var found = list.FirstOrDefault(item => Key(item, part));
                if (last && found is not null)
                {
                    list.Remove(found);
                }

                node = last ? null : found;
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>A path for people: <c>.spec.containers[name="a"].image</c>.</summary>
    public static string Shown(IReadOnlyList<string> path) => string.Concat(path.Select(part => part[0] switch
    {
        'f' => "." + part[2..],
        'v' => $"[={part[2..]}]",
        _ => $"[{string.Join(',', (JsonNode.Parse(part[2..]) as JsonObject ?? []).Select(key => $"{key.Key}={key.Value?.ToJsonString(Readable.Options)}"))}]",
    }));

    private static JsonObject Strip(JsonObject value)
    {
        var copy = value.Copy();
        copy.Remove("apiVersion");
        copy.Remove("kind");
        if (copy["metadata"] is JsonObject metadata)
        {
            foreach (var name in metadata.Select(member => member.Key).Where(SystemMetadata.Contains).ToList())
            {
                metadata.Remove(name);
            }

            if (metadata.Count == 0)
            {
                copy.Remove("metadata");
            }
        }

        return copy;
    }

    private static void Name(JsonNode? node, ObjectShape shape, string parent, List<string> path, FieldSet set)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map when !shape.IsAtomic:
                foreach (var (name, value) in map)
                {
                    path.Add("f:" + name);
                    Name(value, shape.Member(name), shape.Name, path, set);
                    path.RemoveAt(path.Count - 1);
                }

                break;
            case JsonArray { Count: > 0 } list when shape.ListOf(parent) is { } how && (how.Associative || how.Set):
                foreach (var item in list)
                {
                    path.Add(Element(item, how));
                    set.Insert(path);
                    if (item is JsonObject)
                    {
                        Name(item, shape.Element(), parent, path, set);
                    }

                    path.RemoveAt(path.Count - 1);
                }

                break;
            default:
                if (path.Count > 0)
                {
                    set.Insert(path);
                }

                break;
        }
    }

    private static void CompareMaps(JsonObject before, JsonObject after, ObjectShape shape, List<string> path, FieldChanges changes)
    {
        foreach (var name in before.Select(member => member.Key).Union(after.Select(member => member.Key)))
        {
            path.Add("f:" + name);
            CompareNodes(before[name], after[name], before.ContainsKey(name), after.ContainsKey(name), shape.Member(name), shape.Name, path, changes);
            path.RemoveAt(path.Count - 1);
        }
    }

    private static void CompareNodes(JsonNode? before, JsonNode? after, bool had, bool has, ObjectShape shape, string parent, List<string> path, FieldChanges changes)
    {
        if (had && !has)
        {
            changes.Removed.Insert(path);
        }
        else if (!had && has && path is not ["f:metadata"] and not ["f:spec"] and not ["f:status"])
        {
            changes.Added.Insert(path);
        }

        switch (before ?? after)
        {
            case JsonObject when before is null or JsonObject && after is null or JsonObject && !shape.IsAtomic:
                CompareMaps(before as JsonObject ?? [], after as JsonObject ?? [], shape, path, changes);
                return;
            case JsonArray when before is null or JsonArray && after is null or JsonArray && shape.ListOf(parent) is { } how && (how.Associative || how.Set):
                CompareLists(before as JsonArray ?? [], after as JsonArray ?? [], shape, parent, how, path, changes);
                return;
        }

        if (had && has && !JsonNode.DeepEquals(before, after))
        {
            changes.Modified.Insert(path);
        }
    }

    private static void CompareLists(JsonArray before, JsonArray after, ObjectShape shape, string parent, ListShape how, List<string> path, FieldChanges changes)
    {
        var left = Elements(before, how);
        var right = Elements(after, how);
        foreach (var key in left.Keys.Union(right.Keys))
        {
            path.Add(key);
            CompareNodes(left.GetValueOrDefault(key), right.GetValueOrDefault(key), left.ContainsKey(key), right.ContainsKey(key), shape.Element(), parent, path, changes);
            path.RemoveAt(path.Count - 1);
        }
    }

    private static Dictionary<string, JsonNode?> Elements(JsonArray list, ListShape how)
    {
        var found = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in list)
        {
            found[Element(item, how)] = item;
        }

        return found;
    }

    private static void MergeList(JsonArray target, JsonArray manifest, ObjectShape shape, ListShape how)
    {
        foreach (var item in manifest)
        {
            var key = Element(item, how);
            var existing = target.FirstOrDefault(candidate => Element(candidate, how) == key);
            if (existing is null)
            {
                target.Add(item?.DeepClone());
            }
            else if (existing is JsonObject map && item is JsonObject inner)
            {
                Merge(map, inner, shape.Element());
            }
        }
    }

    private static string Element(JsonNode? item, ListShape how)
    {
        if (how.Associative && item is JsonObject map)
        {
            var keys = new JsonObject();
            foreach (var key in how.Keys.Order(StringComparer.Ordinal))
            {
                if (map[key] is { } value)
                {
                    keys[key] = value.DeepClone();
                }
                else if (key == "protocol")
                {
                    keys[key] = "TCP";
                }
            }

            return "k:" + keys.ToJsonString(Readable.Options);
        }

        return "v:" + (item?.ToJsonString(Readable.Options) ?? "null");
    }

    private static bool Key(JsonNode? item, string part)
    {
        if (part[0] == 'v')
        {
            return part[2..] == (item?.ToJsonString(Readable.Options) ?? "null");
        }

        return item is JsonObject map && JsonNode.Parse(part[2..]) is JsonObject keys
            && keys.All(key => JsonNode.DeepEquals(map[key.Key], key.Value) || (key.Key == "protocol" && map[key.Key] is null));
    }
}
