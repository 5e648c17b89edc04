namespace Blackstart.Core.Estates.Yaml;

/// <summary>Something that was refused while reading, which has been said; nobody needs to complain about it again.</summary>
internal sealed record YamlRefused(Place Place) : YamlNode(Place)
{
    public override string Kind => "something refused";
}
