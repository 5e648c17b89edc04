using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed class SecretRules : KindRules
{
    public override IReadOnlySet<string> Fields { get; } = new HashSet<string>(StringComparer.Ordinal) { "data", "stringData", "type", "immutable" };

    public override void Decode(JsonObject value)
    {
        Values.Base64(value["data"], "Secret.data");
        Values.Strings(value["stringData"], "Secret.stringData");
    }

    public override void Default(JsonObject value)
    {
        if (value.Map("stringData") is { } plain)
        {
            var data = value.Ensure("data");
            foreach (var (key, text) in plain)
            {
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text?.GetValue<string>() ?? string.Empty));
            }
        }

        value.Remove("stringData");
        value.Default("type", "Opaque");
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        ConfigMapRules.Keys(value, "data", causes);
        if (before is not null && value.Text("type") != before.Text("type"))
        {
            causes.Add(Cause.Invalid("type", value["type"], "field is immutable"));
        }

        if (before.Flag("immutable") == true)
        {
            Immutable(value, before!, "data", "field is immutable when `immutable` is set", causes);
        }

        if (value.Text("type") == "kubernetes.io/tls")
        {
            foreach (var key in (string[])["tls.crt", "tls.key"])
            {
                if (value.At("data", key) is null)
                {
                    causes.Add(Cause.Required($"data[{key}]"));
                }
            }
        }
    }
}
