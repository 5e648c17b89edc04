namespace Blackstart.Core.Estates.Yaml;

/// <summary>Keys with values. A key stands in it once.</summary>
internal sealed record YamlMapping(IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries, Place Place) : YamlNode(Place)
{
    public override string Kind => "a mapping";

    public YamlNode? Find(string key) =>
        Entries.FirstOrDefault(e => string.Equals(e.Key.Text, key, StringComparison.Ordinal)).Value;
}
