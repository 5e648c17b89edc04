using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.CustomResources;

/// <summary>Checks an object against a schema, in the words of a real API server.</summary>
internal static class SchemaValidation
{
    /// <summary>Checks a node. <paramref name="field"/> is its path in causes, <paramref name="body"/> its path in texts.</summary>
    public static void Validate(JsonNode? node, StructuralSchema schema, string field, string body, List<Cause> causes)
    {
        if (node is null)
        {
            if (!schema.Nullable && schema.Type is not null)
            {
                causes.Add(new Cause("FieldValueTypeInvalid", field, $"Invalid value: \"null\": {body} in body must be of type {schema.Type}: \"null\""));
            }

            return;
        }

        if (!HasType(node, schema))
        {
            var actual = TypeOf(node);
            causes.Add(new Cause("FieldValueTypeInvalid", field, $"Invalid value: \"{actual}\": {body} in body must be of type {(schema.IntOrString ? "integer,string" : schema.Type)}: \"{actual}\""));
            return;
        }

        if (schema.Enum is { } values && !values.Any(value => JsonNode.DeepEquals(value, node)))
        {
            causes.Add(Cause.NotSupported(field, node, values));
        }

        switch (node)
        {
            case JsonObject map:
                ValidateMap(map, schema, field, body, causes);
                break;
            case JsonArray list:
                ValidateList(list, schema, field, body, causes);
                break;
            case JsonValue value:
                ValidateValue(value, schema, field, body, causes);
                break;
        }
    }

    private static void ValidateMap(JsonObject map, StructuralSchema schema, string field, string body, List<Cause> causes)
    {
        foreach (var name in schema.Required)
        {
            // A null stands for nothing, unless the schema allows nulls there.
            if (!map.TryGetPropertyValue(name, out var value) || (value is null && schema.Properties.GetValueOrDefault(name) is { Nullable: false }))
            {
                causes.Add(Cause.Required(Join(field, name)));
            }
        }

        foreach (var (name, value) in map)
        {
            if (value is null && schema.Required.Contains(name))
            {
                continue;
            }

            if ((schema.Properties.GetValueOrDefault(name) ?? schema.Additional) is { } inner)
            {
                Validate(value, inner, Join(field, name), Join(body, name), causes);
            }
        }
    }

    private static void ValidateList(JsonArray list, StructuralSchema schema, string field, string body, List<Cause> causes)
    {
        if (schema.MinItems is { } least && list.Count < least)
        {
            causes.Add(Cause.Invalid(field, list.Count, $"{body} in body should have at least {least} items"));
        }

        if (schema.MaxItems is { } most && list.Count > most)
        {
            causes.Add(new Cause("FieldValueTooMany", field, $"Too many: {list.Count}: must have at most {most} items"));
        }

        if (schema.Items is not { } items)
        {
            return;
        }

        for (var i = 0; i < list.Count; i++)
        {
            Validate(list[i], items, $"{field}[{i}]", $"{body}[{i}]", causes);
        }
    }

    private static void ValidateValue(JsonValue value, StructuralSchema schema, string field, string body, List<Cause> causes)
    {
        if (value.Real() is { } number)
        {
            if (schema.Minimum is { } minimum && (number < minimum || (schema.ExclusiveMinimum && number <= minimum)))
            {
                causes.Add(Cause.Invalid(field, value, $"{body} in body should be greater than {(schema.ExclusiveMinimum ? string.Empty : "or equal to ")}{minimum.ToString(CultureInfo.InvariantCulture)}"));
            }

            if (schema.Maximum is { } maximum && (number > maximum || (schema.ExclusiveMaximum && number >= maximum)))
            {
                causes.Add(Cause.Invalid(field, value, $"{body} in body should be less than {(schema.ExclusiveMaximum ? string.Empty : "or equal to ")}{maximum.ToString(CultureInfo.InvariantCulture)}"));
            }
        }
        else if (value.TryGetValue<string>(out var text))
        {
            if (schema.MinLength is { } shortest && text.Length < shortest)
            {
                causes.Add(Cause.Invalid(field, value, $"{body} in body should be at least {shortest} chars long"));
            }

            if (schema.MaxLength is { } longest && text.Length > longest)
            {
                causes.Add(new Cause("FieldValueTooLong", field, $"Too long: may not be more than {longest} bytes"));
            }

            if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
            {
                causes.Add(Cause.Invalid(field, value, $"{body} in body should match '{schema.PatternText}'"));
            }

            if (schema.Format == "date-time" && Timestamps.Parse(text) is null)
            {
                var shown = value.ToJsonString(Readable.Options);
                causes.Add(new Cause("FieldValueTypeInvalid", field, $"Invalid value: {shown}: {body} in body must be of type date-time: {shown}"));
            }
        }
    }

    private static bool HasType(JsonNode node, StructuralSchema schema)
    {
        var kind = node.GetValueKind();
        if (schema.IntOrString)
        {
            return kind is JsonValueKind.String || IsInteger(node);
        }

        return schema.Type switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "integer" => IsInteger(node),
            "number" => kind == JsonValueKind.Number,
            _ => true,
        };
    }

    private static bool IsInteger(JsonNode node) =>
        node.Real() is { } real && Math.Floor(real) == real;

    private static string TypeOf(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => IsInteger(node) ? "integer" : "number",
        _ => "null",
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
