using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.CustomResources;

/// <summary>A node of a CRD's schema (apiextensions.k8s.io/v1 JSONSchemaProps), as far as defaulting, pruning and validation need it.</summary>
internal sealed class StructuralSchema
{
    private static readonly StructuralSchema Anything = new() { PreserveUnknown = true };

    public string? Type { get; private init; }

    public string? Format { get; private init; }

    public bool Nullable { get; private init; }

    public bool IntOrString { get; private init; }

    public bool PreserveUnknown { get; private init; }

    public bool EmbeddedResource { get; private init; }

    public JsonNode? DefaultValue { get; private init; }

    public JsonArray? Enum { get; private init; }

    public IReadOnlyList<string> Required { get; private init; } = [];

    public IReadOnlyDictionary<string, StructuralSchema> Properties { get; private init; } = new Dictionary<string, StructuralSchema>(StringComparer.Ordinal);

    public StructuralSchema? Additional { get; private init; }

    public StructuralSchema? Items { get; private init; }

    public double? Minimum { get; private init; }

    public double? Maximum { get; private init; }

    public bool ExclusiveMinimum { get; private init; }

    public bool ExclusiveMaximum { get; private init; }

    public long? MinLength { get; private init; }

    public long? MaxLength { get; private init; }

    public long? MinItems { get; private init; }

    public long? MaxItems { get; private init; }

    public string? PatternText { get; private init; }

    public Regex? Pattern { get; private init; }

    /// <summary>atomic, set or map.</summary>
    public string? ListType { get; private init; }

    public IReadOnlyList<string> ListKeys { get; private init; } = [];

    public bool AtomicMap { get; private init; }

    /// <summary>Whether rules in CEL hang on this node or below; they are not evaluated.</summary>
    public bool HasRules { get; private init; }

    public static StructuralSchema Read(JsonObject? schema)
    {
        if (schema is null)
        {
            return Anything;
        }

        var properties = new Dictionary<string, StructuralSchema>(StringComparer.Ordinal);
        foreach (var (name, value) in schema.Map("properties") ?? [])
        {
            properties[name] = Read(value as JsonObject);
        }

        var additional = schema["additionalProperties"] switch
        {
            JsonObject inner => Read(inner),
            JsonValue flag when flag.TryGetValue<bool>(out var allowed) && allowed => Anything,
            _ => null,
        };
        var items = schema["items"] is JsonObject element ? Read(element) : null;
        var pattern = schema.Text("pattern");
        return new StructuralSchema
        {
            Type = schema.Text("type"),
            Format = schema.Text("format"),
            Nullable = schema.Flag("nullable") == true,
            IntOrString = schema.Flag("x-kubernetes-int-or-string") == true,
            PreserveUnknown = schema.Flag("x-kubernetes-preserve-unknown-fields") == true,
            EmbeddedResource = schema.Flag("x-kubernetes-embedded-resource") == true,
            DefaultValue = schema["default"],
            Enum = schema.List("enum"),
            Required = [.. schema.List("required").Texts()],
            Properties = properties,
            Additional = additional,
            Items = items,
            Minimum = schema.Real("minimum"),
            Maximum = schema.Real("maximum"),
            ExclusiveMinimum = schema.Flag("exclusiveMinimum") == true,
            ExclusiveMaximum = schema.Flag("exclusiveMaximum") == true,
            MinLength = schema.Number("minLength"),
            MaxLength = schema.Number("maxLength"),
            MinItems = schema.Number("minItems"),
            MaxItems = schema.Number("maxItems"),
            PatternText = pattern,
            Pattern = Compile(pattern),
            ListType = schema.Text("x-kubernetes-list-type"),
            ListKeys = [.. schema.List("x-kubernetes-list-map-keys").Texts()],
            AtomicMap = schema.Text("x-kubernetes-map-type") == "atomic",
            HasRules = schema.List("x-kubernetes-validations") is { Count: > 0 }
                || properties.Values.Any(property => property.HasRules)
                || additional is { HasRules: true }
                || items is { HasRules: true },
        };
    }

    // Patterns are written for Go's RE2; one that .NET does not understand is not checked.
    private static Regex? Compile(string? pattern)
    {
        try
        {
            return pattern is null ? null : new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
