using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;

namespace Blackstart.Lab.Kubernetes.Discovery;

/// <summary>
/// As much OpenAPI as kubectl looks at: that each kind can be patched, with dryRun and fieldValidation. It describes no fields,
/// so clients leave their checking to the server, and <c>kubectl explain</c> finds nothing.
/// </summary>
internal static class OpenApiDocuments
{
    public const string Version2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

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

    /// <summary>The same as a protobuf of OpenAPI version 2 (gnostic's openapiv2.proto), which kubectl before 1.24 reads.</summary>
    public static byte[] Version2(KindSnapshot kinds)
    {
        using var paths = new MemoryStream();
        foreach (var kind in kinds.Kinds)
        {
            using var operation = new MemoryStream();
            Bytes(operation, 8, Parameter("dryRun"));
            Bytes(operation, 8, Parameter("fieldValidation"));
            using var about = new MemoryStream();
            Text(about, 1, "x-kubernetes-group-version-kind");
            using var yaml = new MemoryStream();
            Text(yaml, 2, $"group: \"{kind.Group}\"\nkind: {kind.Kind}\nversion: {kind.Version}\n");
            Bytes(about, 2, yaml.ToArray());
            Bytes(operation, 13, about.ToArray());
            using var item = new MemoryStream();
            Bytes(item, 8, operation.ToArray());
            using var path = new MemoryStream();
            Text(path, 1, ObjectPath(kind));
            Bytes(path, 2, item.ToArray());
            Bytes(paths, 2, path.ToArray());
        }

        using var document = new MemoryStream();
        Text(document, 1, "2.0");
        using var info = new MemoryStream();
        Text(info, 1, "Blackstart lab");
        Text(info, 2, "1");
        Bytes(document, 2, info.ToArray());
        Bytes(document, 8, paths.ToArray());
        return document.ToArray();
    }

    private static string Path(ResourceKind kind) => kind.Group.Length == 0 ? $"api/{kind.Version}" : $"apis/{kind.Group}/{kind.Version}";

    private static string ObjectPath(ResourceKind kind) =>
        $"/{Path(kind)}{(kind.Namespaced ? "/namespaces/{namespace}" : string.Empty)}/{kind.Plural}/{{name}}";

    // ParametersItem { parameter { non_body_parameter { query_parameter_sub_schema { in, name } } } }
    private static byte[] Parameter(string name)
    {
        using var schema = new MemoryStream();
        Text(schema, 2, "query");
        Text(schema, 4, name);
        var bytes = schema.ToArray();
        foreach (var field in (int[])[3, 2, 1])
        {
            using var outer = new MemoryStream();
            Bytes(outer, field, bytes);
            bytes = outer.ToArray();
        }

        return bytes;
    }

    private static void Text(MemoryStream target, int field, string text) => Bytes(target, field, Encoding.UTF8.GetBytes(text));

    private static void Bytes(MemoryStream target, int field, byte[] value)
    {
        Varint(target, (uint)((field << 3) | 2));
        Varint(target, (uint)value.Length);
        target.Write(value);
    }

    private static void Varint(MemoryStream target, uint value)
    {
        while (value >= 0x80)
        {
            target.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        target.WriteByte((byte)value);
    }
}
