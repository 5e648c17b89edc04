namespace Blackstart.Core.Estates.Yaml;

/// <summary>A list.</summary>
internal sealed record YamlSequence(IReadOnlyList<YamlNode> Items, Place Place) : YamlNode(Place)
{
    public override string Kind => "a list";
}
