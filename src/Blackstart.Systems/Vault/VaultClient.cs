using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Vault;

/// <summary>A Vault over its HTTP API.</summary>
public sealed class VaultClient(VaultEndpoint endpoint) : IDisposable
{
    // Redirects are not followed: what answers must be the address that was declared.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = endpoint.Address,
        Timeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Asks how the Vault is.</summary>
    /// <exception cref="BlackstartException"><c>BS4201</c>: it does not answer, or not as a Vault.</exception>
    public async Task<VaultHealth> AskHealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The status code repeats what the body says; 200 for every state keeps it out of the way.
            var health = await _http.GetFromJsonAsync<JsonObject>("/v1/sys/health?sealedcode=200&uninitcode=200&standbyok=true", cancellationToken);
            return new VaultHealth(
                health!["initialized"]!.GetValue<bool>(),
                health["sealed"]!.GetValue<bool>(),
                health["cluster_id"]?.GetValue<string>() is { Length: > 0 } id ? id : null);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or NullReferenceException or InvalidOperationException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new BlackstartException(
                "BS4201",
                ExitCode.CouldNotVerify,
                $"asking the Vault at {endpoint.Address} how it is",
                e is TaskCanceledException ? "it does not answer" : e.Message.TrimEnd('.'),
                "Check that its pod runs and that the address in blackstart.yaml leads to it",
                e);
        }
    }

    /// <summary>The cluster ID; null while the Vault is sealed or uninitialised.</summary>
    /// <exception cref="BlackstartException"><c>BS4201</c>.</exception>
    public async Task<string?> AskIdentityAsync(CancellationToken cancellationToken) => (await AskHealthAsync(cancellationToken)).ClusterId;

    /// <summary>Gives the Vault its unseal key, read from the environment's key file.</summary>
    /// <exception cref="BlackstartException"><c>BS4202</c>–<c>BS4204</c> the key file; <c>BS4205</c> the Vault does not take the key; <c>BS2005</c>, <c>BS2006</c>.</exception>
    public async Task UnsealAsync(Clearance clearance, CancellationToken cancellationToken)
    {
        clearance.Demand(Target.Vault, Effect.Change);
        foreach (var key in UnsealKeyFile.Read(endpoint.UnsealKeyFile))
        {
            using var response = await _http.PutAsJsonAsync("/v1/sys/unseal", new JsonObject { ["key"] = key }, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new BlackstartException(
                    "BS4205",
                    ExitCode.Negative,
                    $"unsealing the Vault at {endpoint.Address}",
                    $"it answered {(int)response.StatusCode} to a key from {endpoint.UnsealKeyFile}",
                    "Check that the key file is this Vault's: a key of another Vault is refused just so");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
