using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Blackstart.Systems.Kubernetes;

/// <summary>Kubernetes manifests: YAML documents, and the JSON they stand for.</summary>
public static partial class YamlDocuments
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithQuotingNecessaryStrings()
        .WithEventEmitter(next => new AmbiguousTextQuoting(next))
        .DisableAliases()
        .Build();

    /// <summary>All non-empty documents of a stream. Plain scalars get the types of YAML 1.1 as Kubernetes reads them.</summary>
    /// <exception cref="YamlException">The text is not YAML.</exception>
    public static IReadOnlyList<JsonObject> Parse(string text)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(text);
        stream.Load(reader);
        return [.. stream.Documents.Select(document => Convert(document.RootNode)).OfType<JsonObject>()];
    }

    /// <summary>One document, beginning with its separator. What is text stays text when it is read again.</summary>
    public static string Write(JsonObject value) => "---\n" + Serializer.Serialize(ToPlain(value)!);

    private static JsonNode? Convert(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    result[((YamlScalarNode)key).Value ?? ""] = Convert(value);
                }

                return result;
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Children.Select(Convert)]);
            case YamlScalarNode scalar:
                return Scalar(scalar);
            default:
                return null;
        }
    }

    private static object? ToPlain(JsonNode? node) => node switch
    {
        JsonObject map => map.ToDictionary(p => p.Key, p => ToPlain(p.Value), StringComparer.Ordinal),
        JsonArray list => list.Select(ToPlain).ToList(),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => Number(value.ToJsonString()),
        JsonValue value => value.ToString(),
        _ => null,
    };

    private static object Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
        ? whole
        : double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>
    /// Whether some reader of YAML 1.1 or 1.2 takes a plain scalar for something else than the text it is: a number in any notation, a
    /// date, a truth, nothing; or may change its line ends and spaces.
    /// </summary>
    internal static bool IsAmbiguous(string text) =>
        Plain(text)?.GetValueKind() != JsonValueKind.String || Ambiguous().IsMatch(text) || text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029');

    private static JsonValue? Scalar(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain ? Plain(scalar.Value ?? "") : JsonValue.Create(scalar.Value ?? "");

    private static JsonValue? Plain(string text) =>
        text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" or "yes" or "Yes" or "on" or "On" => JsonValue.Create(true),
            "false" or "False" or "FALSE" or "no" or "No" or "off" or "Off" => JsonValue.Create(false),
            _ when Integer().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
            _ when Real().IsMatch(text) => JsonValue.Create(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(text),
        };

    [GeneratedRegex(@"^([-+]?\.?[0-9].*|[-+]?\.(inf|nan)|y|n|yes|no|on|off|true|false|null|~|=|<<)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.Singleline, 1000)]
    private static partial Regex Ambiguous();

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9]*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Real();
}
