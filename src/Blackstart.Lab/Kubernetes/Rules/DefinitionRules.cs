using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>CustomResourceDefinition. Its names are accepted and its kinds served as soon as it is written.</summary>
internal sealed class DefinitionRules : KindRules
{
    public const string Cleanup = "customresourcecleanup.apiextensions.k8s.io";

    public override void Prepare(JsonObject value, string now) => value["status"] = new JsonObject
    {
        ["conditions"] = new JsonArray(
            Condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
            Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now)),
    };

    public override void Default(JsonObject value)
    {
        var spec = value.Ensure("spec");
        spec.Default("conversion", new JsonObject { ["strategy"] = "None" });
        var names = spec.Ensure("names");
        names.Default("singular", names.Text("kind")?.ToLowerInvariant());
        names.Default("listKind", names.Text("kind") + "List");
        var status = value.Ensure("status");
        status["acceptedNames"] = names.DeepClone();
        var stored = status.List("storedVersions").Texts().ToList();
        var storage = spec.List("versions").Maps().FirstOrDefault(version => version.Flag("storage") == true)?.Text("name");
        if (storage is not null && !stored.Contains(storage))
        {
            stored.Add(storage);
        }

        status["storedVersions"] = JsonAccess.Strings([.. stored]);
    }

    public override void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
        var expected = $"{value.Text("spec", "names", "plural")}.{value.Text("spec", "group")}";
        if (value.Name() != expected)
        {
            causes.Add(Cause.Invalid("metadata.name", value.Name(), "must be spec.names.plural+\".\"+spec.group"));
        }

        if (value.Text("spec", "scope") is not ("Namespaced" or "Cluster"))
        {
            causes.Add(Cause.NotSupported("spec.scope", value.At("spec", "scope"), ["Cluster", "Namespaced"]));
        }

        var versions = value.List("spec", "versions").Maps().ToList();
        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].Map("schema", "openAPIV3Schema") is null)
            {
                causes.Add(Cause.Required($"spec.versions[{i}].schema.openAPIV3Schema", "schemas are required"));
            }
        }

        if (versions.Count(version => version.Flag("storage") == true) != 1)
        {
            causes.Add(Cause.Invalid("spec.versions", value.At("spec", "versions")?.DeepClone(), "must have exactly one version marked as storage version"));
        }
    }

    private static JsonObject Condition(string type, string reason, string message, string now) => new JsonObject
    {
        ["lastTransitionTime"] = now,
        ["message"] = message,
        ["reason"] = reason,
        ["status"] = "True",
        ["type"] = type,
    };
}
