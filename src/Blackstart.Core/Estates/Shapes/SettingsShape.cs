using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>The settings of one component type.</summary>
internal sealed class SettingsShape(ComponentTypeDescription type) : Shape<ComponentSettings>
{
    private readonly Key<IReadOnlyList<string>>[] _keys = [.. type.Settings.Select(KeyOf)];

    public bool AnyRequired => Array.Exists(_keys, k => k.Required);

    public override JsonObject Schema()
    {
        var schema = Shape(new EstateReading(new EstateProblems(""), "/")).Schema();
        foreach (var setting in type.Settings.Where(s => s.Default is not null))
        {
            schema["properties"]![setting.Key]!["default"] = setting.Kind switch
            {
                SettingKind.List => new JsonArray([.. SplitList(setting.Default!).Select(i => (JsonNode)i)]),
                SettingKind.Number => int.Parse(setting.Default!, NumberStyles.None, CultureInfo.InvariantCulture),
                _ => setting.Default,
            };
        }

        return schema;
    }

    protected override bool Read(YamlNode node, EstateReading reading, [MaybeNullWhen(false)] out ComponentSettings value) =>
        Shape(reading).TryRead(node, reading, out value);

    private ObjectShape<ComponentSettings> Shape(EstateReading reading) => new(
        $"the settings of type '{type.Name}'",
        _keys,
        fields =>
        {
            var values = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
            foreach (var (key, setting) in _keys.Zip(type.Settings))
            {
                if ((fields.Get(key) ?? DefaultOf(setting, reading)) is { } value)
                {
                    values.Add(key.Name, value);
                }
            }

            return new ComponentSettings(values);
        });

    private static string[]? DefaultOf(SettingDescription setting, EstateReading reading) => (setting.Kind, setting.Default) switch
    {
        (_, null) => null,
        (SettingKind.List, var text) => SplitList(text),
        (SettingKind.Path, var path) => [reading.Resolve(path)],
        (_, var text) => [text],
    };

    private static string[] SplitList(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Key<IReadOnlyList<string>> KeyOf(SettingDescription setting)
    {
        Shape<IReadOnlyList<string>> shape = setting.Kind switch
        {
            SettingKind.List => new ListShape<string>(Scalars.Text, setting.Required ? 1 : 0),
            SettingKind.Path => new SingleShape<string>(Scalars.FilePath, text => text),
            SettingKind.Number => new SingleShape<int>(Scalars.Count, number => number.ToString(CultureInfo.InvariantCulture)),
            SettingKind.Text when setting.Words.Count > 0 => new SingleShape<string>(Scalars.OneOf("a word it takes", [.. setting.Words.Select(w => (w, w))]), text => text),
            SettingKind.Duration => new SingleShape<TimeSpan>(Scalars.Duration, DurationText.Format),
            _ => new SingleShape<string>(Scalars.Text, text => text),
        };
        return new Key<IReadOnlyList<string>>(setting.Key, shape, setting.Required, null!, setting.Summary);
    }
}
