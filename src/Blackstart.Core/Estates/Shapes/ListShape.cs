using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A list of values of one shape.</summary>
internal sealed class ListShape<T>(Shape<T> item, int atLeast) : Shape<IReadOnlyList<T>>
{
    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = item.Schema() };
        if (atLeast > 0)
        {
            schema["minItems"] = atLeast;
        }

        return schema;
    }

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out IReadOnlyList<T> value)
    {
        value = null;
        if (node is not YamlSequence sequence)
        {
            reading.Add("BS1010", node, $"a list is wanted, but here is {node.Kind}", "Write '[a, b]', or one '- …' a line");
            return false;
        }

        var items = new List<T>();
        var good = true;
        foreach (var element in sequence.Items)
        {
            if (item.TryRead(element, reading, out var read))
            {
                items.Add(read);
            }
            else
            {
                good = false;
            }
        }

        if (sequence.Items.Count < atLeast)
        {
            reading.Add("BS1019", node, $"the list has {sequence.Items.Count} elements, but needs at least {atLeast}", "Add what is missing");
            return false;
        }

        value = items;
        return good;
    }
}
