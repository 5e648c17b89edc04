using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>What a service account's token says of itself. Nothing of it is believed until the API server has reviewed the token.</summary>
internal sealed record ServiceAccountToken(string Namespace, string Name, string Uid, string SecretName, IReadOnlyList<string> Audiences)
{
    /// <summary>Reads the claims of a bound token, or of one from a Secret.</summary>
    /// <exception cref="VaultFault">403: it is not a token.</exception>
    public static ServiceAccountToken Read(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            throw new VaultFault(403, "error parsing token: compact JWS format must have three parts");
        }

        JsonObject claims;
        try
        {
            claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1])) as JsonObject ?? [];
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            throw new VaultFault(403, $"error parsing token: {error.Message}");
        }

        var audiences = claims["aud"] switch
        {
            JsonArray array => array.Select(item => item?.ToString() ?? string.Empty).ToArray(),
            JsonValue value => [value.ToString()],
            _ => [],
        };
        return claims["kubernetes.io"] is JsonObject bound
            ? new ServiceAccountToken(
                VaultJson.Text(bound, "namespace") ?? string.Empty,
                bound["serviceaccount"]?["name"]?.ToString() ?? string.Empty,
                bound["serviceaccount"]?["uid"]?.ToString() ?? string.Empty,
                string.Empty,
                audiences)
            : new ServiceAccountToken(
                VaultJson.Text(claims, "kubernetes.io/serviceaccount/namespace") ?? string.Empty,
                VaultJson.Text(claims, "kubernetes.io/serviceaccount/service-account.name") ?? string.Empty,
                VaultJson.Text(claims, "kubernetes.io/serviceaccount/service-account.uid") ?? string.Empty,
                VaultJson.Text(claims, "kubernetes.io/serviceaccount/secret.name") ?? string.Empty,
                audiences);
    }
}
