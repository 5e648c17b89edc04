using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A key of an object: the only place that says how it is spelled, what it holds and whether it is needed.</summary>
internal sealed record Key<T>(string Name, Shape<T> Shape, bool Required, T Default, string Summary) : IKey
{
    public bool TryRead(YamlNode node, EstateReading reading, out object? value)
    {
        var good = Shape.TryRead(node, reading, out var typed);
        value = typed;
        return good;
    }

    public JsonObject Schema()
    {
        var schema = Shape.Schema();
        schema["description"] = Summary;
        return schema;
    }
}
