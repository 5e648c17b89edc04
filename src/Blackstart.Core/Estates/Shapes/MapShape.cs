using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A mapping whose keys the user chooses.</summary>
internal sealed class MapShape<T>(Shape<T> item) : Shape<IReadOnlyDictionary<string, T>>
{
    public override JsonObject Schema() => new() { ["type"] = "object", ["additionalProperties"] = item.Schema() };

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out IReadOnlyDictionary<string, T> value)
    {
        value = null;
        if (node is not YamlMapping mapping)
        {
            reading.Add("BS1010", node, $"a mapping is wanted, but here is {node.Kind}", "Write 'name: value', one a line");
            return false;
        }

        var values = new Dictionary<string, T>(StringComparer.Ordinal);
        var good = true;
        foreach (var (key, element) in mapping.Entries)
        {
            if (item.TryRead(element, reading, out var read))
            {
                values.Add(key.Text, read);
            }
            else
            {
                good = false;
            }
        }

        value = values;
        return good;
    }
}
