using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Systems.Kubernetes;

/// <summary>The message of a Kubernetes <c>Status</c> object, or the first line of whatever came instead.</summary>
internal static class StatusText
{
    public static string Of(string body)
    {
        try
        {
            if (JsonNode.Parse(body)?["message"]?.GetValue<string>() is { } message)
            {
                return message;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not a Status object: the text itself is all there is.
        }

        return body.Split('\n')[0].Trim();
    }
}
