using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>What a value in the file looks like: reads it, and writes the JSON Schema of it, so that the two cannot drift apart.</summary>
internal abstract class Shape<T>
{
    /// <summary>Reads a value; false when something is wrong with it, which has then been said.</summary>
    public bool TryRead(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        return node is not YamlRefused && Read(node, reading, out value);
    }

    public abstract JsonObject Schema();

    protected abstract bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out T value);
}
