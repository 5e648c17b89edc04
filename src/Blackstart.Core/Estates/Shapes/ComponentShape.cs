using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>A component: an object whose settings are shaped by its type.</summary>
internal sealed class ComponentShape : Shape<Component>
{
    private readonly IReadOnlyList<ComponentTypeDescription> _types;
    private readonly Dictionary<string, SettingsShape> _settings;
    private readonly Key<string> _type;

    public ComponentShape(IReadOnlyList<ComponentTypeDescription> types)
    {
        _types = types;
        _settings = types.ToDictionary(t => t.Name, t => new SettingsShape(t), StringComparer.Ordinal);
        _type = new Key<string>("type", TypeShape(), Required: true, "", "What kind of system it is.");
    }

    public override JsonObject Schema()
    {
        var schema = Shape(new AnyMappingShape()).Schema();
        schema["allOf"] = new JsonArray([.. _types.Select(t => (JsonNode)SettingsRule(t))]);
        return schema;
    }

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out Component value)
    {
        var type = (node as YamlMapping)?.Find(_type.Name) as YamlScalar;
        var settings = _settings.GetValueOrDefault(type?.Text ?? "");
        var good = Shape((Shape<ComponentSettings>?)settings ?? new AnyMappingShape()).TryRead(node, reading, out value);

        // Left out altogether, settings still have defaults, and may lack what is required.
        if (settings is not null && ((YamlMapping)node).Find(EstateKeys.SettingsName) is null)
        {
            good &= settings.TryRead(new YamlMapping([], node.Place), reading, out var defaults);
            value = good ? value! with { Settings = defaults! } : null;
        }

        return good;
    }

    private ObjectShape<Component> Shape(Shape<ComponentSettings> settings)
    {
        var key = new Key<ComponentSettings>(EstateKeys.SettingsName, settings, Required: false, ComponentSettings.Empty, "Settings of its type.");
        return new ObjectShape<Component>(
            "a component",
            [EstateKeys.ComponentName, _type, EstateKeys.Layer, EstateKeys.DependsOn, key, EstateKeys.ComponentObjectives],
            f => new Component(
                f.Get(EstateKeys.ComponentName),
                f.Get(_type),
                f.Get(EstateKeys.Layer),
                f.Get(EstateKeys.DependsOn),
                f.Get(key),
                f.Get(EstateKeys.ComponentObjectives)));
    }

    private ScalarShape<string> TypeShape() => new(
        "a known component type",
        (text, _) => _settings.ContainsKey(text) ? text : Parsed<string>.Bad,
        "BS1021",
        text => Suggestion.For(text, _settings.Keys) ?? $"The types are {string.Join(", ", _settings.Keys)}",
        () => new JsonObject
        {
            ["oneOf"] = new JsonArray([.. _types.Select(t => (JsonNode)new JsonObject { ["const"] = t.Name, ["description"] = t.Summary })]),
        });

    private JsonObject SettingsRule(ComponentTypeDescription type)
    {
        var then = new JsonObject { ["properties"] = new JsonObject { [EstateKeys.SettingsName] = _settings[type.Name].Schema() } };
        if (_settings[type.Name].AnyRequired)
        {
            then["required"] = new JsonArray(EstateKeys.SettingsName);
        }

        return new JsonObject
        {
            ["if"] = new JsonObject
            {
                ["properties"] = new JsonObject { [_type.Name] = new JsonObject { ["const"] = type.Name } },
                ["required"] = new JsonArray(_type.Name),
            },
            ["then"] = then,
        };
    }
}
