using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>Asks the API server whose a token is (<c>authentication.k8s.io/v1</c> TokenReview).</summary>
internal static class TokenReviewer
{
    /// <summary>The reviewed identity: UID and name as <c>system:serviceaccount:NAMESPACE:NAME</c>; null when the token is not good or nobody could say.</summary>
    public static async Task<(string Uid, string UserName)?> ReviewAsync(
        KubernetesConfiguration configuration,
        string token,
        IReadOnlyList<string> audiences,
        CancellationToken cancellationToken)
    {
        try
        {
            using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
            handler.SslOptions.RemoteCertificateValidationCallback = Validation(configuration.KubernetesCaCert);
            using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
            using var message = new HttpRequestMessage(HttpMethod.Post, $"{configuration.KubernetesHost.TrimEnd('/')}/apis/authentication.k8s.io/v1/tokenreviews");
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", configuration.TokenReviewerJwt.Length > 0 ? configuration.TokenReviewerJwt : token);
            var review = new JsonObject
            {
                ["apiVersion"] = "authentication.k8s.io/v1",
                ["kind"] = "TokenReview",
                ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = VaultJson.Array(audiences) },
            };
            message.Content = new StringContent(review.ToJsonString(), Encoding.UTF8, "application/json");
            using var answer = await client.SendAsync(message, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                return null;
            }

            var status = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))?["status"];
            return status?["authenticated"]?.ToString() == "true" && status["user"] is { } user
                ? (user["uid"]?.ToString() ?? string.Empty, user["username"]?.ToString() ?? string.Empty)
                : null;
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or UriFormatException or InvalidOperationException or CryptographicException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await Console.Error.WriteLineAsync($"vault: token review at {configuration.KubernetesHost} failed: {error.Message}");
            return null;
        }
    }

    private static RemoteCertificateValidationCallback? Validation(string authorities)
    {
        if (authorities.Length == 0)
        {
            return null;
        }

        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(authorities);
        return (_, certificate, presented, errors) =>
        {
            if (certificate is not X509Certificate2 leaf || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            {
                return false;
            }

            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            if (presented is not null)
            {
                chain.ChainPolicy.ExtraStore.AddRange(presented.ChainElements.Select(element => element.Certificate).ToArray());
            }

            return chain.Build(leaf);
        };
    }
}
