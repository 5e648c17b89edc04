using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

internal sealed class PersistentVolumeRules : KindRules
{
    public const string Protection = "kubernetes.io/pv-protection";

    public override void Prepare(JsonObject value, string now)
    {
        Finalizers.Add(value, Protection);
        value["status"] = new JsonObject { ["phase"] = "Pending" };
    }

    public override void Default(JsonObject value)
    {
        var spec = value.Ensure("spec");
        spec.Default("persistentVolumeReclaimPolicy", "Retain");
        spec.Default("volumeMode", "Filesystem");
        if (spec.Text("storageClassName") is { Length: 0 })
        {
            spec.Remove("storageClassName");
        }
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        if (value.Text("spec", "capacity", "storage") is null)
        {
            causes.Add(Cause.Required("spec.capacity"));
        }

        if (value.List("spec", "accessModes") is not { Count: > 0 })
        {
            causes.Add(Cause.Required("spec.accessModes"));
        }
    }
}
