using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A mapping with known keys.</summary>
/// <param name="what">What it is, for messages: <c>a component</c>.</param>
/// <param name="keys">Its keys.</param>
/// <param name="make">Makes the value of its fields; runs only when all of them are good.</param>
internal sealed class ObjectShape<T>(string what, IReadOnlyList<IKey> keys, Func<Fields, T> make) : Shape<T>
{
    public override JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (var key in keys)
        {
            properties[key.Name] = key.Schema();
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (keys.Any(k => k.Required))
        {
            schema["required"] = new JsonArray([.. keys.Where(k => k.Required).Select(k => (JsonNode)k.Name)]);
        }

        return schema;
    }

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (node is not YamlMapping mapping)
        {
            reading.Add("BS1010", node, $"{what} is a mapping with keys, but here is {node.Kind}", $"Its keys are {Names}");
            return false;
        }

        var values = new Dictionary<IKey, object?>();
        var good = true;
        foreach (var (name, element) in mapping.Entries)
        {
            var key = keys.FirstOrDefault(k => string.Equals(k.Name, name.Text, StringComparison.Ordinal));
            if (key is null)
            {
                var known = keys.Count == 0 ? "Remove it: there are none" : $"Its keys are {Names}";
                reading.Add("BS1011", name, $"unknown key '{name.Text}' in {what}", Suggestion.For(name.Text, keys.Select(k => k.Name)) ?? known);
                good = false;
            }
            else if (element is YamlScalar { IsNull: true } && !key.Required)
            {
                reading.Add("BS1019", element, $"'{key.Name}' has no value", "Write one, or remove the key");
                good = false;
            }
            else if (key.TryRead(element, reading, out var read))
            {
                values.Add(key, read);
            }
            else
            {
                good = false;
            }
        }

        foreach (var key in keys.Where(k => k.Required && mapping.Find(k.Name) is null))
        {
            reading.Add("BS1012", mapping, $"'{key.Name}' is missing in {what}", $"Add '{key.Name}': {key.Summary.TrimEnd('.')}");
            good = false;
        }

        value = good ? make(new Fields(values)) : default;
        return good;
    }

    private string Names => string.Join(", ", keys.Select(k => k.Name));
}
