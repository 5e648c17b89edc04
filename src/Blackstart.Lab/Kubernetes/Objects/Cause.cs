using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>One thing that is wrong with an object: a StatusCause (meta/v1).</summary>
/// <param name="Reason">FieldValueRequired, FieldValueInvalid, …</param>
/// <param name="Field">The path of the field.</param>
/// <param name="Message">What is wrong with it, without the path.</param>
internal sealed record Cause(string Reason, string Field, string Message)
{
    public string Text => $"{Field}: {Message}";

    public static Cause Required(string field, string detail = "") => new("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static Cause Invalid(string field, JsonNode? value, string detail) => new("FieldValueInvalid", field, $"Invalid value: {Shown(value)}: {detail}");

    public static Cause Forbidden(string field, string detail) => new("FieldValueForbidden", field, $"Forbidden: {detail}");

    public static Cause NotSupported(string field, JsonNode? value, IEnumerable<JsonNode?> supported) =>
        new("FieldValueNotSupported", field, $"Unsupported value: {Shown(value)}: supported values: {string.Join(", ", supported.Select(Shown))}");

    public JsonObject ToJson() => new() { ["reason"] = Reason, ["message"] = Message, ["field"] = Field };

    private static string Shown(JsonNode? value) => value?.ToJsonString(Readable.Options) ?? "null";
}
