using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Rules;

namespace Blackstart.Lab.Longhorn;

/// <summary>What Longhorn's webhook refuses of a Setting. The lab has no webhooks: its API server asks these rules, whether Longhorn runs or not.</summary>
internal sealed class SettingRules : KindRules
{
    private const string Webhook = "validator.longhorn.io";

    /// <summary>Longhorn's webhooks, for the API server of a cluster that has Longhorn.</summary>
    public static IReadOnlyDictionary<string, KindRules> Webhooks { get; } = new Dictionary<string, KindRules>(StringComparer.Ordinal) { ["settings.longhorn.io"] = new SettingRules() };

    /// <inheritdoc/>
    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        var name = value.Name();
        if (!LonghornSettings.Known.TryGetValue(name, out var definition))
        {
            throw Refusal.Denied(Webhook, $"setting {name} is not supported");
        }

        var text = value.Text("value") ?? "";
        if (!definition.Allows(text))
        {
            throw Refusal.Denied(Webhook, $"failed to set the setting {name} with invalid value {text}: value must be {definition.Expected}");
        }
    }
}
