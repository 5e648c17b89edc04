using System.Text.Json.Nodes;

namespace Blackstart.Core.Estates;

/// <summary>The JSON Schema of <c>blackstart.yaml</c>, for editors. It is made from the very description that the loader reads by.</summary>
public static class EstateSchema
{
    /// <summary>
    /// JSON Schema, draft 2020-12. What a schema cannot say (references, cycles, unique names, one production) only the loader checks.
    /// </summary>
    /// <param name="types">The component types that may be used.</param>
    public static JsonObject ToJson(IReadOnlyList<ComponentTypeDescription> types)
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Blackstart estate",
            ["description"] = "The platform as declared: environments, components, what depends on what, what must come back how fast.",
        };
        foreach (var (key, value) in new EstateModel(types, "").Shape.Schema().ToList())
        {
            schema[key] = value?.DeepClone();
        }

        return schema;
    }
}
