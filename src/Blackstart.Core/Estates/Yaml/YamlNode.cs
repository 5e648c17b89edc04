namespace Blackstart.Core.Estates.Yaml;

/// <summary>A value in a YAML file, and where it stands.</summary>
internal abstract record YamlNode(Place Place)
{
    /// <summary>What it is, for people.</summary>
    public abstract string Kind { get; }
}
