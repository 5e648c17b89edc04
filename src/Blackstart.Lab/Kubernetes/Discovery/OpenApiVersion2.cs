using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Protobuf;

namespace Blackstart.Lab.Kubernetes.Discovery;

/// <summary>
/// OpenAPI version 2 as a protobuf (github.com/google/gnostic, openapiv2/OpenAPIv2.proto), which kubectl before 1.24 reads: that each kind
/// can be patched, with dryRun, and the fields of custom kinds and ConfigMap, which such a kubectl checks by itself.
/// </summary>
internal static class OpenApiVersion2
{
    public const string ContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    private static readonly string[] Maps = ["labels", "annotations"];
    private static readonly string[] Whole = ["generation", "deletionGracePeriodSeconds"];

    public static byte[] Write(KindSnapshot kinds) => ProtobufWriter.Of(document =>
    {
        document.Text(1, "2.0");
        document.Message(2, info => info.Text(1, "Blackstart lab").Text(2, "1"));
        document.Message(8, paths =>
        {
            foreach (var kind in kinds.Kinds)
            {
                paths.Message(2, path => path.Text(1, OpenApiDocuments.ObjectPath(kind)).Message(2, item => item.Message(8, patch => Operation(patch, kind))));
            }
        });
        document.Message(9, definitions =>
        {
            definitions.Message(1, named => named.Text(1, ObjectMeta).Message(2, Metadata));
            foreach (var kind in kinds.Kinds)
            {
                if (kind.Custom is { Source: { } schema })
                {
                    definitions.Message(1, named => named.Text(1, DefinitionName(kind)).Message(2, target => Root(target, kind, schema)));
                }
                else if (kind.QualifiedPlural == "configmaps")
                {
                    definitions.Message(1, named => named.Text(1, "io.k8s.api.core.v1.ConfigMap").Message(2, target => Root(target, kind, ConfigMap())));
                }
            }
        });
    });

    // com.hashicorp.secrets.v1beta1.VaultAuth: the group backwards.
    private static string DefinitionName(ResourceKind kind) => $"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Kind}";

    private static void Operation(ProtobufWriter patch, ResourceKind kind)
    {
        foreach (var name in (string[])["dryRun", "fieldValidation"])
        {
            patch.Message(8, item => item.Message(1, parameter => parameter.Message(2, plain => plain.Message(3, query => query.Text(2, "query").Text(4, name)))));
        }

        Extension(patch, 13, "x-kubernetes-group-version-kind", $"group: \"{kind.Group}\"\nkind: {kind.Kind}\nversion: {kind.Version}\n");
    }

    private static void Extension(ProtobufWriter target, int field, string name, string yaml) =>
        target.Message(field, named => named.Text(1, name).Message(2, any => any.Text(2, yaml)));

    private static void Root(ProtobufWriter target, ResourceKind kind, JsonObject schema)
    {
        var properties = schema.Map("properties")?.Copy() ?? [];
        properties["apiVersion"] = new JsonObject { ["type"] = "string" };
        properties["kind"] = new JsonObject { ["type"] = "string" };
        properties["metadata"] = new JsonObject { ["$ref"] = $"#/definitions/{ObjectMeta}" };
        var root = new JsonObject { ["type"] = "object", ["required"] = schema.List("required")?.DeepClone() };
        if (schema.Flag("x-kubernetes-preserve-unknown-fields") != true)
        {
            root["properties"] = properties;
        }

        Schema(target, root);
        Extension(target, 31, "x-kubernetes-group-version-kind", $"- group: \"{kind.Group}\"\n  kind: {kind.Kind}\n  version: {kind.Version}\n");
    }

    // What an old kubectl cannot express (nulls, either-or types, unknown fields) is left open, as a real server does.
    private static void Schema(ProtobufWriter target, JsonObject schema)
    {
        if (schema.Text("$ref") is { } reference)
        {
            target.Text(1, reference);
            return;
        }

        if (schema.Flag("nullable") == true || schema.Flag("x-kubernetes-int-or-string") == true || schema.Text("type") is not { } type)
        {
            return;
        }

        var open = schema.Flag("x-kubernetes-preserve-unknown-fields") == true;
        foreach (var name in schema.List("required").Texts())
        {
            target.Text(19, name);
        }

        if (schema.Map("additionalProperties") is { } additional && !open)
        {
            target.Message(21, item => item.Message(1, inner => Schema(inner, additional)));
        }

        target.Message(22, item => item.Text(1, type));
        if (type == "array")
        {
            target.Message(23, items => items.Message(1, inner => Schema(inner, schema.Map("items") ?? [])));
        }

        if (schema.Map("properties") is { } properties && !open)
        {
            target.Message(25, list =>
            {
                foreach (var (name, value) in properties)
                {
                    list.Message(1, named => named.Text(1, name).Message(2, inner => Schema(inner, value as JsonObject ?? [])));
                }
            });
        }

        foreach (var (name, value) in schema)
        {
            if (name.StartsWith("x-kubernetes-patch-", StringComparison.Ordinal))
            {
                Extension(target, 31, name, value!.GetValue<string>() + "\n");
            }
        }
    }

    private static void Metadata(ProtobufWriter target)
    {
        var properties = new JsonObject();
        foreach (var name in Rules.Naming.MetadataFields)
        {
            properties[name] = new JsonObject { ["type"] = Whole.Contains(name) ? "integer" : "string" };
        }

        foreach (var name in Maps)
        {
            properties[name] = TextMap();
        }

        properties["finalizers"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" }, ["x-kubernetes-patch-strategy"] = "merge" };
        properties["ownerReferences"] = new JsonObject
        {
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = "object" },
            ["x-kubernetes-patch-strategy"] = "merge",
            ["x-kubernetes-patch-merge-key"] = "uid",
        };
        properties["managedFields"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "object" } };
        Schema(target, new JsonObject { ["type"] = "object", ["properties"] = properties });
    }

    private static JsonObject ConfigMap() => new()
    {
        ["properties"] = new JsonObject { ["data"] = TextMap(), ["binaryData"] = TextMap(), ["immutable"] = new JsonObject { ["type"] = "boolean" } },
    };

    private static JsonObject TextMap() => new() { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } };
}
