using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.SecretsOperator;

/// <summary>What this process knows of one object that asks for a Secret.</summary>
internal sealed class SyncState(ResourceType type, JsonObject source)
{
    public ResourceType Type { get; } = type;

    public JsonObject Source { get; set; } = source;

    /// <summary>When it is looked at next.</summary>
    public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;

    /// <summary>It is to be read anew with a new login, whatever there is: it changed, or somebody asked.</summary>
    public bool Forced { get; set; } = true;

    /// <summary>The login the data was read with; empty before the first time.</summary>
    public string SessionId { get; set; } = string.Empty;

    public string LeaseId { get; set; } = string.Empty;

    /// <summary>Seconds the lease was given for at first.</summary>
    public long LeaseDuration { get; set; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; set; }

    /// <summary>What makes it due when it changes: the specification and the annotations, not the status.</summary>
    public static string Fingerprint(JsonObject source) =>
        $"{source.Uid()} {source["spec"]?.ToJsonString()} {source.At("metadata", "annotations")?.ToJsonString()}";
}
