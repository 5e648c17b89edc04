using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed class StorageClassRules : KindRules
{
    public override void Default(JsonObject value)
    {
        value.Default("reclaimPolicy", "Delete");
        value.Default("volumeBindingMode", "Immediate");
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        if (string.IsNullOrEmpty(value.Text("provisioner")))
        {
            causes.Add(Cause.Required("provisioner"));
        }
    }
}
