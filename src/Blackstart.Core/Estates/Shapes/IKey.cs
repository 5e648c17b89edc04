using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A key of an object, whatever its value is.</summary>
internal interface IKey
{
    string Name { get; }

    bool Required { get; }

    string Summary { get; }

    /// <summary>Reads its value; false when something is wrong with it, which has then been said.</summary>
    bool TryRead(YamlNode node, EstateReading reading, out object? value);

    JsonObject Schema();
}
