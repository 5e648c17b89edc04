using System.Text.Json.Nodes;

namespace Blackstart.Lab.Longhorn;

/// <summary>JSON merge patches (RFC 7386) from one state of an object to another.</summary>
internal static class MergePatch
{
    /// <summary>The patch that makes <paramref name="after"/> of <paramref name="before"/>; empty if they are equal.</summary>
    public static JsonObject Between(JsonObject before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach (var (key, _) in before)
        {
            if (!after.ContainsKey(key))
            {
                patch[key] = null;
            }
        }

        foreach (var (key, value) in after)
        {
            if (value is JsonObject inner && before[key] is JsonObject old)
            {
                var part = Between(old, inner);
                if (part.Count > 0)
                {
                    patch[key] = part;
                }
            }
            else if (!before.ContainsKey(key) || !JsonNode.DeepEquals(before[key], value))
            {
                patch[key] = value?.DeepClone();
            }
        }

        return patch;
    }
}
