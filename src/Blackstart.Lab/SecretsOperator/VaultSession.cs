using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.SecretsOperator;

/// <summary>One login at Vault, for one VaultAuth. What is read with its token dies with the token.</summary>
internal sealed class VaultSession : IDisposable
{
    private const long TokenSeconds = 600;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private string _token = string.Empty;
    private bool _renewable;

    private VaultSession(Uri address, TimeProvider time)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Patience };
        _time = time;
    }

    /// <summary>Names the login in status; the token's accessor, which opens nothing.</summary>
    public string Id { get; private set; } = string.Empty;

    /// <summary>When the token is to be renewed: at two thirds of its life.</summary>
    public DateTimeOffset RenewAt { get; private set; }

    /// <summary>Logs in as a service account, with a token made for this.</summary>
    /// <param name="cluster">Where the service account is.</param>
    /// <param name="auth">The VaultAuth.</param>
    /// <param name="address">Vault's address.</param>
    /// <param name="ns">Namespace of the service account: that of the Secret to fill.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the login.</param>
    /// <exception cref="VaultRefusal">Vault cannot be reached or refused.</exception>
    /// <exception cref="SyncFailure">The VaultAuth is of another kind, or its service account is not there.</exception>
    public static async Task<VaultSession> LoginAsync(
        ClusterClient cluster,
        JsonObject auth,
        Uri address,
        string ns,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var spec = auth["spec"] as JsonObject;
        if ((spec.TextAt("method") ?? "kubernetes") != "kubernetes")
        {
            throw new SyncFailure("VaultClientConfigError", $"VaultAuth {auth.Key()}: method {spec.TextAt("method")} is not supported");
        }

        var account = spec.TextAt("kubernetes", "serviceAccount") ?? "default";
        var jwt = await RequestTokenAsync(cluster, ns, account, spec.At("kubernetes") as JsonObject, cancellationToken);
        var session = new VaultSession(address, time);
        try
        {
            var body = new JsonObject { ["role"] = spec.TextAt("kubernetes", "role") ?? string.Empty, ["jwt"] = jwt };
            session.Take(await session.SendAsync(HttpMethod.Post, $"auth/{(spec.TextAt("mount") ?? "kubernetes").Trim('/')}/login", body, cancellationToken));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Gives the token more time.</summary>
    /// <exception cref="VaultRefusal">It cannot have more: a new login is needed.</exception>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (!_renewable)
        {
            throw new VaultRefusal(403, "the token is not renewable");
        }

        Take(await SendAsync(HttpMethod.Post, "auth/token/renew-self", [], cancellationToken));
    }

    /// <summary>Sends a request.</summary>
    /// <exception cref="VaultRefusal">Vault cannot be reached or refused.</exception>
    public async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, $"v1/{path}");
        request.Headers.Add("X-Vault-Request", "true");
        if (_token.Length > 0)
        {
            request.Headers.Add("X-Vault-Token", _token);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            var answer = text.Length == 0 ? [] : JsonNode.Parse(text) as JsonObject ?? [];
            if (response.IsSuccessStatusCode)
            {
                return answer;
            }

            var errors = (answer["errors"] as JsonArray)?.Select(error => error?.ToString().Replace("\n", " ", StringComparison.Ordinal)) ?? [];
            throw new VaultRefusal((int)response.StatusCode, $"{method} {_http.BaseAddress}v1/{path}: {(int)response.StatusCode} {string.Join("; ", errors)}");
        }
        catch (Exception error) when (error is HttpRequestException or JsonException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new VaultRefusal(0, $"{method} {_http.BaseAddress}v1/{path}: {error.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    private void Take(JsonObject answer)
    {
        var auth = answer["auth"];
        _token = auth.TextAt("client_token") ?? throw new VaultRefusal(0, "Vault's answer to the login has no token");
        _renewable = auth.At("renewable") is JsonValue renewable && renewable.TryGetValue<bool>(out var flag) && flag;
        Id = auth.TextAt("accessor") ?? string.Empty;
        var seconds = auth.At("lease_duration") is JsonValue duration && duration.TryGetValue<long>(out var number) ? number : 0;
        RenewAt = seconds > 0 ? _time.GetUtcNow().AddSeconds(seconds * 2d / 3d) : DateTimeOffset.MaxValue;
    }

    private static async Task<string> RequestTokenAsync(ClusterClient cluster, string ns, string account, JsonObject? settings, CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["metadata"] = new JsonObject { ["name"] = account, ["namespace"] = ns },
            ["spec"] = new JsonObject
            {
                ["expirationSeconds"] = settings?["tokenExpirationSeconds"]?.DeepClone() ?? TokenSeconds,
                ["audiences"] = settings?["audiences"]?.DeepClone() ?? new JsonArray(),
            },
        };
        try
        {
            var answer = await cluster.PostAsync(ResourceType.ServiceAccounts.Path(ns, account, "token"), request, cancellationToken);
            return answer.TextAt("status", "token") ?? throw new SyncFailure("VaultClientConfigError", $"the API server gave no token for service account {ns}/{account}");
        }
        catch (ClusterApiException error)
        {
            throw new SyncFailure("VaultClientConfigError", $"no token for service account {ns}/{account}: {error.Message}");
        }
    }
}
