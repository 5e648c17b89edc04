using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.CustomResources;

/// <summary>Drops what a schema does not know and writes in what it says should be there when nothing is.</summary>
internal static class SchemaPruning
{
    private static readonly HashSet<string> RootFields = new(StringComparer.Ordinal) { "apiVersion", "kind", "metadata" };

    /// <summary>Drops unknown fields and collects their paths.</summary>
    public static void Prune(JsonObject root, StructuralSchema schema, List<string> unknown) => Prune(root, schema, unknown, string.Empty, root: true);

    /// <summary>Writes defaults in. A null where null is not allowed counts as missing.</summary>
    public static void Default(JsonNode? node, StructuralSchema schema)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, property) in schema.Properties)
                {
                    if (map.TryGetPropertyValue(name, out var value) && value is null && !property.Nullable && property.DefaultValue is not null)
                    {
                        map.Remove(name);
                    }

                    if (!map.ContainsKey(name) && property.DefaultValue is not null)
                    {
                        map[name] = property.DefaultValue.DeepClone();
                    }
                }

                foreach (var (name, value) in map.ToList())
                {
                    if ((schema.Properties.GetValueOrDefault(name) ?? schema.Additional) is not { } inner)
                    {
                        continue;
                    }

                    if (value is null && !inner.Nullable && inner.Type is not null)
                    {
                        map.Remove(name);
                        continue;
                    }

                    Default(value, inner);
                }

                break;
            case JsonArray list when schema.Items is { } items:
                foreach (var item in list)
                {
                    Default(item, items);
                }

                break;
        }
    }

    private static void Prune(JsonNode? node, StructuralSchema schema, List<string> unknown, string path, bool root = false)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map.ToList())
                {
                    if ((root || schema.EmbeddedResource) && RootFields.Contains(name))
                    {
                        continue;
                    }

                    var inner = schema.Properties.GetValueOrDefault(name) ?? schema.Additional;
                    var at = path.Length == 0 ? name : $"{path}.{name}";
                    if (inner is not null)
                    {
                        Prune(value, inner, unknown, at);
                    }
                    else if (!schema.PreserveUnknown)
                    {
                        map.Remove(name);
                        unknown.Add(at);
                    }
                }

                break;
            case JsonArray list when schema.Items is { } items:
                for (var i = 0; i < list.Count; i++)
                {
                    Prune(list[i], items, unknown, $"{path}[{i}]");
                }

                break;
        }
    }
}
