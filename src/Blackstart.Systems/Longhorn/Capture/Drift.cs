using System.Text.Json.Nodes;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>One thing that is not as it was captured.</summary>
/// <param name="Object">The object: <c>Kind/namespace/name</c>, or <c>Kind/name</c> for one of the cluster.</param>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Field">The field that changed, as a path such as <c>spec.size</c>, or <c>content</c> or <c>replicas</c> of a volume; null for a whole object.</param>
/// <param name="Captured">Its value when it was captured; null when it had none.</param>
/// <param name="Current">Its value now; null when it has none.</param>
public sealed record Drift(string Object, string Change, string? Field, JsonNode? Captured, JsonNode? Current);
