using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Tables;

/// <summary>Objects as a Table (meta/v1), which is what kubectl prints.</summary>
internal sealed class Table(ResourceKind kind, IReadOnlyList<TableColumn> columns, string include)
{
    public JsonObject Of(IEnumerable<JsonObject> objects, JsonObject metadata, bool headers = true) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = metadata,
        ["columnDefinitions"] = headers ? new JsonArray([.. columns.Select(column => (JsonNode)column.Definition())]) : [],
        ["rows"] = new JsonArray([.. objects.Select(item => (JsonNode)Row(item))]),
    };

    private JsonObject Row(JsonObject item)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(item))]) };
        switch (include)
        {
            case "None":
                break;
            case "Object":
                var copy = item.Copy();
                copy["apiVersion"] = kind.ApiVersion;
                row["object"] = copy;
                break;
            default:
                row["object"] = new JsonObject
                {
                    ["kind"] = "PartialObjectMetadata",
                    ["apiVersion"] = "meta.k8s.io/v1",
                    ["metadata"] = item.Map("metadata")?.DeepClone(),
                };
                break;
        }

        return row;
    }
}
