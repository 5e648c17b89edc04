using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed partial class ConfigMapRules : KindRules
{
    private const string BadKey =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    public override IReadOnlySet<string> Fields { get; } = new HashSet<string>(StringComparer.Ordinal) { "data", "binaryData", "immutable" };

    public override void Decode(JsonObject value)
    {
        Values.Strings(value["data"], "ConfigMap.data");
        Values.Base64(value["binaryData"], "ConfigMap.binaryData");
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        Keys(value, "data", causes);
        Keys(value, "binaryData", causes);
        foreach (var (key, _) in value.Map("data") ?? [])
        {
            if (value.Map("binaryData")?.ContainsKey(key) == true)
            {
                causes.Add(Cause.Invalid($"data[{key}]", key, "duplicate of key present in binaryData"));
            }
        }

        if (before.Flag("immutable") == true)
        {
            Immutable(value, before!, "data", "field is immutable when `immutable` is set", causes);
            Immutable(value, before!, "binaryData", "field is immutable when `immutable` is set", causes);
        }
    }

    internal static void Keys(JsonObject value, string field, List<Cause> causes)
    {
        foreach (var (key, _) in value.Map(field) ?? [])
        {
            if (!Key().IsMatch(key))
            {
                causes.Add(Cause.Invalid($"{field}[{key}]", key, BadKey));
            }
        }
    }

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]{1,253}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Key();
}
