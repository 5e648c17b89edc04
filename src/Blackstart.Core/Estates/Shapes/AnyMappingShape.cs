using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>The settings of a component whose type is not known: nothing can be said about them.</summary>
internal sealed class AnyMappingShape : Shape<ComponentSettings>
{
    public override JsonObject Schema() => new() { ["type"] = "object" };

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out ComponentSettings value)
    {
        value = ComponentSettings.Empty;
        return true;
    }
}
