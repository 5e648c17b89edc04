using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>What a pod's specification gets wherever it stands.</summary>
internal static class PodTemplate
{
    public static void Default(JsonObject spec)
    {
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        foreach (var container in spec.List("containers").Maps().Concat(spec.List("initContainers").Maps()))
        {
            container.Default("resources", new JsonObject());
            container.Default("terminationMessagePath", "/dev/termination-log");
            container.Default("terminationMessagePolicy", "File");
            container.Default("imagePullPolicy", container.Text("image") is { } image && image.Contains(':', StringComparison.Ordinal) && !image.EndsWith(":latest", StringComparison.Ordinal) ? "IfNotPresent" : "Always");
            foreach (var port in container.List("ports").Maps())
            {
                port.Default("protocol", "TCP");
            }
        }
    }

    public static void Validate(JsonObject? spec, string field, List<Cause> causes)
    {
        if (spec.List("containers") is not { Count: > 0 } containers)
        {
            causes.Add(Cause.Required($"{field}.containers"));
            return;
        }

        for (var i = 0; i < containers.Count; i++)
        {
            foreach (var name in (string[])["name", "image"])
            {
                if (string.IsNullOrEmpty(containers[i].Text(name)))
                {
                    causes.Add(Cause.Required($"{field}.containers[{i}].{name}"));
                }
            }
        }
    }
}
