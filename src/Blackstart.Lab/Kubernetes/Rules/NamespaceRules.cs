using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed class NamespaceRules : KindRules
{
    public override void Prepare(JsonObject value, string now)
    {
        value.Ensure("spec")["finalizers"] = JsonAccess.Strings("kubernetes");
        value["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void Default(JsonObject value) => value.Ensure("metadata").Ensure("labels")["kubernetes.io/metadata.name"] = value.Name();
}
