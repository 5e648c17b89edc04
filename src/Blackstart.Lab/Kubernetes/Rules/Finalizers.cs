using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>metadata.finalizers, as a set.</summary>
internal static class Finalizers
{
    public static bool Has(JsonObject value, string name) => value.List("metadata", "finalizers").Texts().Contains(name);

    public static bool Any(JsonObject value) => value.List("metadata", "finalizers") is { Count: > 0 };

    public static void Add(JsonObject value, string name)
    {
        if (Has(value, name))
        {
            return;
        }

        var metadata = value.Ensure("metadata");
        if (metadata["finalizers"] is not JsonArray list)
        {
            metadata["finalizers"] = list = [];
        }

        list.Add((JsonNode)name);
    }

    public static bool Remove(JsonObject value, string name)
    {
        if (!Has(value, name))
        {
            return false;
        }

        var kept = value.List("metadata", "finalizers").Texts().Where(text => text != name).ToArray();
        value.Ensure("metadata").Assign("finalizers", kept.Length == 0 ? null : JsonAccess.Strings(kept));
        return true;
    }
}
