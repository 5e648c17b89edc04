using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Tables;

/// <summary>A column of a server-side table.</summary>
/// <param name="Name">Its title.</param>
/// <param name="Type">string, integer, number, boolean or date.</param>
/// <param name="Priority">0 is always shown, more only with <c>-o wide</c>.</param>
/// <param name="Cell">Reads the cell out of an object.</param>
internal sealed record TableColumn(string Name, string Type, int Priority, Func<JsonObject, JsonNode?> Cell)
{
    public JsonObject Definition() => new()
    {
        ["name"] = Name,
        ["type"] = Type == "date" ? "string" : Type,
        ["format"] = Name == "Name" ? "name" : string.Empty,
        ["description"] = string.Empty,
        ["priority"] = Priority,
    };
}
