using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>DeleteOptions (meta/v1).</summary>
internal sealed record DeleteRequest
{
    public long? GraceSeconds { get; init; }

    /// <summary>Background, Foreground or Orphan.</summary>
    public string? Propagation { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }

    public static DeleteRequest Read(JsonObject? body) => new()
    {
        GraceSeconds = body.Number("gracePeriodSeconds"),
        Propagation = body.Text("propagationPolicy") ?? (body.Flag("orphanDependents") == true ? "Orphan" : null),
        Uid = body.Text("preconditions", "uid"),
        ResourceVersion = body.Text("preconditions", "resourceVersion"),
        DryRun = body.List("dryRun") is { Count: > 0 },
    };
}
