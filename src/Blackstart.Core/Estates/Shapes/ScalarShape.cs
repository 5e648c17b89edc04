using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A single value.</summary>
/// <param name="wanted">What is wanted, for messages: <c>a duration</c>.</param>
/// <param name="parse">Makes the value of its text, or null.</param>
/// <param name="code">Code of the error when it cannot.</param>
/// <param name="remedy">What to write instead, given what was written.</param>
/// <param name="schema">Makes its JSON Schema.</param>
internal sealed class ScalarShape<T>(
    string wanted,
    Func<string, EstateReading, Parsed<T>> parse,
    string code,
    Func<string, string> remedy,
    Func<JsonObject> schema) : Shape<T>
{
    public override JsonObject Schema() => schema();

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (node is not YamlScalar { IsNull: false } scalar)
        {
            reading.Add("BS1010", node, $"{wanted} is wanted, but here is {node.Kind}", $"Write {wanted}");
            return false;
        }

        if (scalar.Text.Trim().Length == 0)
        {
            reading.Add("BS1019", node, $"{wanted} is wanted, but the value is empty", $"Write {wanted}");
            return false;
        }

        var parsed = parse(scalar.Text, reading);
        if (!parsed.Good)
        {
            reading.Add(code, node, $"'{Excerpt(scalar.Text)}' is not {wanted}", remedy(scalar.Text));
            return false;
        }

        value = parsed.Value!;
        return true;
    }

    private static string Excerpt(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : $"{line[..60]}…";
    }
}
