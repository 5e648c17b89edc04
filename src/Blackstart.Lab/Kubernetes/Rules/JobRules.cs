using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>Rules of Jobs. Indexed ones are refused: the lab runs none.</summary>
internal sealed class JobRules : KindRules
{
    private static readonly string[] Numbers = ["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"];
    private static readonly string[] Fixed = ["template", "selector", "completions", "completionMode"];

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
        if (spec["parallelism"] is null)
        {
            // Without completions but with parallelism the Job is a work queue: done when one pod succeeded and none runs.
            spec.Default("completions", 1);
        }

        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("podReplacementPolicy", "TerminatingOrFailed");
        PodTemplate.Default(spec.Ensure("template").Ensure("spec"));
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        foreach (var field in Numbers)
        {
            if (value.Number("spec", field) is < 0 and var number)
            {
                causes.Add(Cause.Invalid($"spec.{field}", number, "must be greater than or equal to 0"));
            }
        }

        if (value.Text("spec", "completionMode") is { } mode and not "NonIndexed")
        {
            causes.Add(Cause.NotSupported("spec.completionMode", mode, ["NonIndexed"]));
        }

        if (value.Text("spec", "template", "spec", "restartPolicy") is { } policy and not ("Never" or "OnFailure"))
        {
            causes.Add(Cause.Required("spec.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\""));
        }

        PodTemplate.Validate(value.Map("spec", "template", "spec"), "spec.template.spec", causes);
        foreach (var field in before is null ? [] : Fixed)
        {
            if (!JsonNode.DeepEquals(value.At("spec", field), before.At("spec", field)))
            {
                causes.Add(Cause.Invalid($"spec.{field}", value.At("spec", field), "field is immutable"));
            }
        }
    }
}
