using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>A refusal: an answer that is a Status (meta/v1).</summary>
internal sealed class ApiException(int code, JsonObject status) : Exception(status.Text("message"))
{
    public int Code { get; } = code;

    public JsonObject Status { get; } = status;

    public string? Reason => Status.Text("reason");
}
