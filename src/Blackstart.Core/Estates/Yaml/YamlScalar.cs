namespace Blackstart.Core.Estates.Yaml;

/// <summary>A single value, as its text: what a plain <c>no</c> or <c>1e3</c> means is for the reader of the key to say.</summary>
/// <param name="Text">The text, unescaped.</param>
/// <param name="IsNull">Nothing is written there, or an unquoted <c>null</c> or <c>~</c>.</param>
/// <param name="Place">Where it starts.</param>
internal sealed record YamlScalar(string Text, bool IsNull, Place Place) : YamlNode(Place)
{
    public override string Kind => IsNull ? "nothing" : "a single value";
}
