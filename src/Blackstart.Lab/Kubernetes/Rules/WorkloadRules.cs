using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Selectors;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>Deployment, ReplicaSet, StatefulSet and DaemonSet: a selector and a template of pods.</summary>
internal sealed class WorkloadRules(string kind) : KindRules
{
    private static readonly HashSet<string> StatefulSetMayChange = new(StringComparer.Ordinal)
    {
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    };

    public override void Prepare(JsonObject value, string now) => value["status"] = Status();

    public override void Default(JsonObject value)
    {
        var spec = value.Ensure("spec");
        if (kind != "DaemonSet")
        {
            spec.Default("replicas", 1);
        }

        if (spec.Map("template") is { } template)
        {
            template.Ensure("metadata");
            PodTemplate.Default(template.Ensure("spec"));
        }

        if (kind != "ReplicaSet")
        {
            spec.Default("revisionHistoryLimit", 10);
        }

        switch (kind)
        {
            case "Deployment":
                spec.Default("progressDeadlineSeconds", 600);
                var strategy = spec.Ensure("strategy");
                strategy.Default("type", "RollingUpdate");
                if (strategy.Text("type") == "RollingUpdate")
                {
                    strategy.Ensure("rollingUpdate").Default("maxSurge", "25%");
                    strategy.Ensure("rollingUpdate").Default("maxUnavailable", "25%");
                }

                break;
            case "StatefulSet":
                spec.Default("podManagementPolicy", "OrderedReady");
                var update = spec.Ensure("updateStrategy");
                update.Default("type", "RollingUpdate");
                if (update.Text("type") == "RollingUpdate")
                {
                    update.Ensure("rollingUpdate").Default("partition", 0);
                }

                foreach (var claim in spec.List("volumeClaimTemplates").Maps())
                {
                    claim.Default("apiVersion", "v1");
                    claim.Default("kind", "PersistentVolumeClaim");
                    claim.Ensure("spec").Default("volumeMode", "Filesystem");
                }

                break;
            case "DaemonSet":
                spec.Ensure("updateStrategy").Default("type", "RollingUpdate");
                break;
        }
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        var spec = value.Map("spec");
        PodTemplate.Validate(spec.Map("template", "spec"), "spec.template.spec", causes);
        if (spec.Number("replicas") < 0)
        {
            causes.Add(Cause.Invalid("spec.replicas", spec!["replicas"], "must be greater than or equal to 0"));
        }

        if (spec.Map("selector") is not { Count: > 0 } selector)
        {
            causes.Add(Cause.Required("spec.selector"));
        }
        else if (!LabelSelector.Of(selector).Matches(spec.Map("template", "metadata", "labels")))
        {
            causes.Add(Cause.Invalid("spec.template.metadata.labels", spec.At("template", "metadata", "labels"), "`selector` does not match template `labels`"));
        }

        if (before is null)
        {
            return;
        }

        if (kind == "StatefulSet")
        {
            if (!JsonNode.DeepEquals(Fixed(spec), Fixed(before.Map("spec"))))
            {
                causes.Add(Cause.Forbidden(
                    "spec",
                    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
            }
        }
        else if (!JsonNode.DeepEquals(spec.At("selector"), before.At("spec", "selector")))
        {
            causes.Add(Cause.Invalid("spec.selector", spec.At("selector"), "field is immutable"));
        }
    }

    private static JsonObject? Fixed(JsonObject? spec)
    {
        var copy = spec?.Copy();
        foreach (var name in StatefulSetMayChange)
        {
            copy?.Remove(name);
        }

        return copy;
    }

    private JsonObject Status() => kind switch
    {
        "ReplicaSet" => new JsonObject { ["replicas"] = 0 },
        "StatefulSet" => new JsonObject { ["replicas"] = 0, ["availableReplicas"] = 0 },
        "DaemonSet" => new JsonObject { ["currentNumberScheduled"] = 0, ["desiredNumberScheduled"] = 0, ["numberMisscheduled"] = 0, ["numberReady"] = 0 },
        _ => [],
    };
}
