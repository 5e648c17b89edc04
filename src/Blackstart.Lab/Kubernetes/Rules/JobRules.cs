using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed class JobRules : KindRules
{
    public override void Prepare(JsonObject value, string now)
    {
        value["status"] = new JsonObject();
        var spec = value.Ensure("spec");
        if (spec.Flag("manualSelector") == true)
        {
            return;
        }

        var uid = value.Uid();
        spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = uid } };
        var labels = spec.Ensure("template").Ensure("metadata").Ensure("labels");
        labels["batch.kubernetes.io/controller-uid"] = uid;
        labels["batch.kubernetes.io/job-name"] = value.Name();
        labels["controller-uid"] = uid;
        labels["job-name"] = value.Name();
    }

    public override void Default(JsonObject value)
    {
        var spec = value.Ensure("spec");
        spec.Default("parallelism", 1);
        spec.Default("completions", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        PodTemplate.Default(spec.Ensure("template").Ensure("spec"));
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        PodTemplate.Validate(value.Map("spec", "template", "spec"), "spec.template.spec", causes);
        if (before is not null && !JsonNode.DeepEquals(value.At("spec", "template"), before.At("spec", "template")))
        {
            causes.Add(Cause.Invalid("spec.template", value.At("spec", "template"), "field is immutable"));
        }
    }
}
