using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed class PodRules : KindRules
{
    public override void Prepare(JsonObject value, string now)
    {
        var spec = value.Ensure("spec");
        spec.Default("serviceAccountName", "default");
        spec.Default("serviceAccount", spec.Text("serviceAccountName"));
        spec.Default("enableServiceLinks", true);
        value["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = Quality(spec) };
    }

    public override void Default(JsonObject value) => PodTemplate.Default(value.Ensure("spec"));

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        PodTemplate.Validate(value.Map("spec"), "spec", causes);
        if (before is not null && !JsonNode.DeepEquals(Fixed(value, before), Fixed(before, before)))
        {
            causes.Add(Cause.Forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"));
        }
    }

    // What may not change, with what may taken out. A pod may be given a node once.
    private static JsonObject? Fixed(JsonObject value, JsonObject before)
    {
        var spec = value.Map("spec")?.Copy();
        spec?.Remove("activeDeadlineSeconds");
        spec?.Remove("tolerations");
        if (before.Text("spec", "nodeName") is null)
        {
            spec?.Remove("nodeName");
        }

        foreach (var container in spec.List("containers").Maps().Concat(spec.List("initContainers").Maps()))
        {
            container.Remove("image");
        }

        return spec;
    }

    private static string Quality(JsonObject spec) =>
        spec.List("containers").Maps().Any(container => container.Map("resources", "requests") is { Count: > 0 } || container.Map("resources", "limits") is { Count: > 0 })
            ? "Burstable"
            : "BestEffort";
}
