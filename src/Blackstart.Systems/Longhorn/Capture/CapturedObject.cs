using System.Text.Json.Nodes;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>One object as a capture keeps it: canonical, so that equal objects are equal text.</summary>
/// <param name="Body">apiVersion, kind, metadata and what was kept of the rest.</param>
internal sealed record CapturedObject(JsonObject Body)
{
    /// <summary>Which object it is.</summary>
    public ObjectKey Key { get; } = new(Text(Body, "kind"), Text(Body["metadata"], "namespace"), Text(Body["metadata"], "name"));

    /// <summary>The object as a YAML document that <c>kubectl apply</c> takes.</summary>
    public string Manifest => YamlDocuments.Write(Body);

    /// <summary>An annotation; null when it has none of that name.</summary>
    public string? Annotation(string name) => Body["metadata"]?["annotations"]?[name]?.GetValue<string>();

    /// <summary>A text of <c>spec</c>; null when it is not there.</summary>
    public string? Spec(params ReadOnlySpan<string> path)
    {
        var at = Body["spec"];
        foreach (var name in path)
        {
            at = (at as JsonObject)?[name];
        }

        return at?.ToString();
    }

    private static string Text(JsonNode? from, string name) => from?[name]?.ToString() ?? "";
}
