using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Where a list in chunks goes on: the last key that was given out, as base64 of JSON.</summary>
internal static class ContinueToken
{
    public static string Write(string lastKey) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new JsonObject { ["v"] = "meta.k8s.io/v1", ["start"] = lastKey }.ToJsonString()));

    /// <summary>The key that a token stands for.</summary>
    /// <exception cref="ApiException">It is no token of ours.</exception>
    public static string Read(string token)
    {
        byte[] bytes = [];
        try
        {
            bytes = Convert.FromBase64String(token.Replace('-', '+').Replace('_', '/').PadRight((token.Length + 3) / 4 * 4, '='));
            return JsonNode.Parse(bytes).Text("start") ?? throw new JsonException("no start");
        }
        catch (FormatException)
        {
            throw Refusal.BadRequest("invalid continue token: continue key is not valid: illegal base64 data");
        }
        catch (JsonException)
        {
            throw Refusal.BadRequest($"invalid continue token: continue key is not valid: invalid character '{(char)(bytes.Length > 0 ? bytes[0] : 0)}' looking for beginning of value");
        }
    }
}
