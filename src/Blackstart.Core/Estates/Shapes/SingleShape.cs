using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A single value kept as the only element of a list of texts, as <see cref="ComponentSettings"/> keeps them.</summary>
internal sealed class SingleShape<T>(Shape<T> inner, Func<T, string> write) : Shape<IReadOnlyList<string>>
{
    public override JsonObject Schema() => inner.Schema();

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        var good = inner.TryRead(node, reading, out var read);
        value = good ? [write(read!)] : null;
        return good;
    }
}
