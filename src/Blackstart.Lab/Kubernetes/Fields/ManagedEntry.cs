using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>One entry of metadata.managedFields.</summary>
internal sealed record ManagedEntry(string Manager, string Operation, string ApiVersion, string Subresource, string Time, FieldSet Fields)
{
    public string Shown => Operation == "Apply"
        ? $"\"{Manager}\"{At}"
        : $"\"{Manager}\"{At} using {ApiVersion}";

    private string At => Subresource.Length == 0 ? string.Empty : $" with subresource \"{Subresource}\"";

    public static ManagedEntry Read(JsonObject entry) => new(
        entry.Text("manager") ?? string.Empty,
        entry.Text("operation") ?? string.Empty,
        entry.Text("apiVersion") ?? string.Empty,
        entry.Text("subresource") ?? string.Empty,
        entry.Text("time") ?? string.Empty,
        FieldSet.Read(entry.Map("fieldsV1")));

    public bool Is(FieldManager manager, string operation, string apiVersion) =>
        Manager == manager.Name && Operation == operation && ApiVersion == apiVersion && Subresource == manager.Subresource;

    public JsonObject ToJson()
    {
        var entry = new JsonObject
        {
            ["manager"] = Manager,
            ["operation"] = Operation,
            ["apiVersion"] = ApiVersion,
            ["time"] = Time,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = Fields.ToJson(),
        };
        if (Subresource.Length > 0)
        {
            entry["subresource"] = Subresource;
        }

        return entry;
    }
}
