using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Nodes;

/// <summary>What <c>blackstart longhorn</c> prints: one JSON document, and between other lines those that say how far it has come.</summary>
internal static class NodeOutput
{
    /// <summary>The document; null when there is none. A pod's log holds standard output and error in one stream, so other lines may stand before and after it.</summary>
    public static JsonObject? Document(string output)
    {
        var lines = output.Split('\n');
        for (var first = lines.Length - 1; first >= 0; first--)
        {
            // The outermost brace stands in the first column, whether the document is indented or on one line.
            if (lines[first].StartsWith('{') && Parse(string.Join('\n', lines[first..])) is { } document && document["schemaVersion"] is not null)
            {
                return document;
            }
        }

        return null;
    }

    /// <summary>How far it has come, if a line says that: <c>{"done":N,"size":N,"data":N}</c>.</summary>
    public static StepProgress? Progress(string line) =>
        line.StartsWith("{\"done\":", StringComparison.Ordinal) && Parse(line) is { } json && Number(json, "done") is { } done && Number(json, "size") is { } size
            ? new StepProgress(done, size)
            : null;

    private static long? Number(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    /// <summary>The object that a text begins with, whatever follows it.</summary>
    private static JsonObject? Parse(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text));
            return JsonNode.Parse(ref reader) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
