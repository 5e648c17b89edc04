using System.Text.Json.Nodes;

namespace Blackstart.Lab.Cluster;

/// <summary>A collection as it was at one resource version.</summary>
/// <param name="Items">Its objects.</param>
/// <param name="Version">Where a watch goes on from; null when the kind does not exist.</param>
/// <param name="Exists">Whether the API server knows the kind.</param>
internal sealed record ClusterList(IReadOnlyList<JsonObject> Items, string? Version, bool Exists);
