using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>Services are kept, not routed: nothing in the lab has a cluster address, so every service is headless.</summary>
internal sealed class ServiceRules : KindRules
{
    public override void Prepare(JsonObject value, string now) => value["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    public override void Default(JsonObject value)
    {
        var spec = value.Ensure("spec");
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        spec.Default("internalTrafficPolicy", "Cluster");
        if (spec.Text("type") != "ExternalName")
        {
            spec.Default("clusterIP", "None");
            spec.Default("clusterIPs", JsonAccess.Strings("None"));
        }

        foreach (var port in spec.List("ports").Maps())
        {
            port.Default("protocol", "TCP");
            port.Default("targetPort", port["port"]?.DeepClone());
        }
    }
}
