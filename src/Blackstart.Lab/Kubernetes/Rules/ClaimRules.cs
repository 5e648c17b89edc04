using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed class ClaimRules : KindRules
{
    public const string Protection = "kubernetes.io/pvc-protection";

    public override void Prepare(JsonObject value, string now)
    {
        Finalizers.Add(value, Protection);
        value["status"] = new JsonObject { ["phase"] = "Pending" };
    }

    public override void Default(JsonObject value) => value.Ensure("spec").Default("volumeMode", "Filesystem");

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        if (value.Text("spec", "resources", "requests", "storage") is null)
        {
            causes.Add(Cause.Required("spec.resources[storage]"));
        }

        if (value.List("spec", "accessModes") is not { Count: > 0 })
        {
            causes.Add(Cause.Required("spec.accessModes"));
        }

        if (before is not null && !JsonNode.DeepEquals(Fixed(value, before), Fixed(before, before)))
        {
            causes.Add(Cause.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"));
        }
    }

    private static JsonObject? Fixed(JsonObject value, JsonObject before)
    {
        var spec = value.Map("spec")?.Copy();
        spec?.Remove("resources");
        if (before.Text("spec", "volumeName") is not { Length: > 0 })
        {
            spec?.Remove("volumeName");
        }

        return spec;
    }
}
