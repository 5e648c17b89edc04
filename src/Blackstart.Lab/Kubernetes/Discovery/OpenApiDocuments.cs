using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;

namespace Blackstart.Lab.Kubernetes.Discovery;

/// <summary>
/// As much OpenAPI as kubectl looks at: that each kind can be patched, with dryRun and fieldValidation. It describes no fields,
/// so clients leave their checking to the server, and <c>kubectl explain</c> finds nothing.
/// </summary>
internal static class OpenApiDocuments
{
    public static JsonObject Index(KindSnapshot kinds)
    {
        var paths = new JsonObject();
        foreach (var path in kinds.Kinds.Select(Path).Distinct())
        {
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={kinds.Etag}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    /// <summary>The document of a group version such as <c>api/v1</c>; null when there is none.</summary>
    public static JsonObject? Document(KindSnapshot kinds, string path)
    {
        var paths = new JsonObject();
        foreach (var kind in kinds.Kinds.Where(kind => Path(kind) == path))
        {
            paths[ObjectPath(kind)] = new JsonObject
            {
                ["patch"] = new JsonObject
                {
                    ["parameters"] = new JsonArray(
                        new JsonObject { ["name"] = "fieldValidation", ["in"] = "query" },
                        new JsonObject { ["name"] = "dryRun", ["in"] = "query" }),
                    ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version },
                },
            };
        }

        return paths.Count == 0 ? null : new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Blackstart lab", ["version"] = "1" },
            ["paths"] = paths,
        };
    }

    /// <summary>The path of an object of a kind.</summary>
    public static string ObjectPath(ResourceKind kind) =>
        $"/{Path(kind)}{(kind.Namespaced ? "/namespaces/{namespace}" : string.Empty)}/{kind.Plural}/{{name}}";

    private static string Path(ResourceKind kind) => kind.Group.Length == 0 ? $"api/{kind.Version}" : $"apis/{kind.Group}/{kind.Version}";
}
