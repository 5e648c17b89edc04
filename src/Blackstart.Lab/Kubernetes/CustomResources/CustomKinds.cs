using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.CustomResources;

/// <summary>Reads the served kinds out of a CustomResourceDefinition.</summary>
internal static class CustomKinds
{
    public static IEnumerable<ResourceKind> Of(JsonObject definition)
    {
        var spec = definition.Map("spec") ?? [];
        var names = spec.Map("names") ?? [];
        var group = spec.Text("group") ?? string.Empty;
        var versions = spec.List("versions").Maps().ToList();
        var storage = versions.FirstOrDefault(version => version.Flag("storage") == true)?.Text("name") ?? "v1";
        foreach (var version in versions.Where(version => version.Flag("served") == true))
        {
            var kind = names.Text("kind") ?? string.Empty;
            var name = version.Text("name") ?? string.Empty;
            var schema = version.Map("schema", "openAPIV3Schema");
            var warning = version.Flag("deprecated") == true
                ? version.Text("deprecationWarning") ?? $"{group}/{name} {kind} is deprecated"
                : null;
            yield return new ResourceKind
            {
                Group = group,
                Version = name,
                Kind = kind,
                ListKind = names.Text("listKind") ?? kind + "List",
                Plural = names.Text("plural") ?? string.Empty,
                Singular = names.Text("singular") ?? kind.ToLowerInvariant(),
                ShortNames = [.. names.List("shortNames").Texts()],
                Categories = [.. names.List("categories").Texts()],
                Namespaced = spec.Text("scope") != "Cluster",
                HasStatus = version.Map("subresources", "status") is not null,
                Scale = Scale(version.Map("subresources", "scale")),
                HasGeneration = true,
                Custom = new CustomVersion(
                    definition.Name(),
                    new Lazy<StructuralSchema>(() => StructuralSchema.Read(schema)),
                    version.List("additionalPrinterColumns"),
                    warning,
                    definition.IsDeleting(),
                    $"{group}/{storage}",
                    schema,
                    definition.Text("metadata", "resourceVersion") ?? string.Empty),
            };
        }
    }

    private static ScalePaths? Scale(JsonObject? scale) => scale is null
        ? null
        : new ScalePaths(
            (scale.Text("specReplicasPath") ?? ".spec.replicas")[1..],
            (scale.Text("statusReplicasPath") ?? ".status.replicas")[1..],
            scale.Text("labelSelectorPath")?[1..]);
}
