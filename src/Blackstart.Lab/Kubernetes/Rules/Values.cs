using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>Checks the types of values as Go's decoder would.</summary>
internal static class Values
{
    public static void Strings(JsonNode? node, string field)
    {
        foreach (var (_, value) in Map(node, field))
        {
            if (value is not null && value.GetValueKind() != JsonValueKind.String)
            {
                throw new DecodeException($"json: cannot unmarshal {Kind(value)} into Go struct field {field} of type string");
            }
        }
    }

    public static void Base64(JsonNode? node, string field)
    {
        Strings(node, field);
        foreach (var (_, value) in Map(node, field))
        {
            if (value is not null && !System.Buffers.Text.Base64.IsValid(value.GetValue<string>()))
            {
                throw new DecodeException("illegal base64 data at input byte 0");
            }
        }
    }

    private static JsonObject Map(JsonNode? node, string field) => node switch
    {
        null => [],
        JsonObject map => map,
        _ => throw new DecodeException($"json: cannot unmarshal {Kind(node)} into Go struct field {field} of type map[string]string"),
    };

    private static string Kind(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "bool",
    };
}
