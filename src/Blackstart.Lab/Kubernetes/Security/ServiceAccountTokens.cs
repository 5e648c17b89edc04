using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Security;

/// <summary>Signs and checks service account tokens: JWTs (RFC 7519) with the claims of Kubernetes' bound tokens, signed with ES256.</summary>
internal sealed class ServiceAccountTokens(ECDsa key, TimeProvider clock)
{
    /// <summary>The issuer, and the audience of a token for this API.</summary>
    public const string Audience = "https://kubernetes.default.svc.cluster.local";

    public string Sign(TokenClaims claims)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var account = new JsonObject { ["name"] = claims.Name, ["uid"] = claims.Uid };
        var kubernetes = new JsonObject { ["namespace"] = claims.Namespace, ["serviceaccount"] = account };
        if (claims.Pod is not null)
        {
            kubernetes["pod"] = new JsonObject { ["name"] = claims.Pod, ["uid"] = claims.PodUid };
        }

        var body = new JsonObject
        {
            ["aud"] = JsonAccess.Strings([.. claims.Audiences]),
            ["exp"] = claims.Expires.ToUnixTimeSeconds(),
            ["iat"] = now,
            ["iss"] = Audience,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = kubernetes,
            ["nbf"] = now,
            ["sub"] = $"system:serviceaccount:{claims.Namespace}:{claims.Name}",
        };
        var signed = $"{Part(new JsonObject { ["alg"] = "ES256", ["typ"] = "JWT" })}.{Part(body)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <summary>The claims of a token that this server signed and that has not expired; null otherwise, with the reason.</summary>
    public TokenClaims? Verify(string token, out string reason)
    {
        reason = "invalid bearer token";
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            return null;
        }

        try
        {
            if (!key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256))
            {
                return null;
            }

            var body = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1])) as JsonObject;
            var expires = DateTimeOffset.FromUnixTimeSeconds(body.Number("exp") ?? 0);
            if (expires <= clock.GetUtcNow())
            {
                reason = "token is expired";
                return null;
            }

            var about = body.Map("kubernetes.io");
            return new TokenClaims(
                about.Text("namespace") ?? string.Empty,
                about.Text("serviceaccount", "name") ?? string.Empty,
                about.Text("serviceaccount", "uid") ?? string.Empty,
                about.Text("pod", "name"),
                about.Text("pod", "uid"),
                [.. body.List("aud").Texts()],
                expires);
        }
        catch (Exception problem) when (problem is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    private static string Part(JsonObject value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
