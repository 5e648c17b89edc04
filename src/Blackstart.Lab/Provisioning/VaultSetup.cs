using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Provisioning;

/// <summary>Initializes and configures the lab's Vault over its HTTP API, as an operator does once.</summary>
internal sealed class VaultSetup(LabLayout layout, LabState state, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new()
    {
        BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{state.Ports.Vault}/v1/")),
        Timeout = TimeSpan.FromSeconds(10),
    };

    public void Dispose() => _http.Dispose();

    /// <summary>Waits for Vault, initializes it with one key share, and unseals it.</summary>
    public async Task UnsealAsync(CancellationToken cancellationToken)
    {
        var status = await WaitAsync(cancellationToken);
        if (status["initialized"]?.GetValue<bool>() != true)
        {
            var keys = (await SendAsync(HttpMethod.Put, "sys/init", new JsonObject { ["secret_shares"] = 1, ["secret_threshold"] = 1 }, cancellationToken))!;
            await SecretFile.WriteAsync(layout.RootToken, keys.TextAt("root_token") + "\n", cancellationToken);
            await SecretFile.WriteAsync(layout.UnsealKey, keys["keys_base64"]![0]!.GetValue<string>() + "\n", cancellationToken);
        }

        if (!File.Exists(layout.UnsealKey))
        {
            throw LabErrors.ProvisioningFailed(
                "unsealing Vault",
                "it was initialized, but the command was killed before its key was written, so nobody can unseal it; only 'blackstart lab reset' helps",
                layout.Log("pod-vault-vault-0"));
        }

        var key = (await File.ReadAllTextAsync(layout.UnsealKey, cancellationToken)).Trim();
        await SendAsync(HttpMethod.Put, "sys/unseal", new JsonObject { ["key"] = key }, cancellationToken);
        _http.DefaultRequestHeaders.Add("X-Vault-Token", (await File.ReadAllTextAsync(layout.RootToken, cancellationToken)).Trim());
    }

    /// <summary>Mounts, policies and roles. Repeating it changes nothing but what is written again.</summary>
    /// <param name="cluster">Where service account tokens are reviewed.</param>
    /// <param name="databasePassword">Password of Vault's own role in PostgreSQL.</param>
    /// <param name="cancellationToken">Ends the setup.</param>
    public async Task ConfigureAsync(ClusterConnection cluster, string databasePassword, CancellationToken cancellationToken)
    {
        var mounts = await SendAsync(HttpMethod.Get, "sys/mounts", null, cancellationToken);
        if (mounts?["secret/"] is null)
        {
            await SendAsync(HttpMethod.Post, "sys/mounts/secret", new JsonObject { ["type"] = "kv", ["options"] = new JsonObject { ["version"] = "2" } }, cancellationToken);
        }

        if (mounts?["database/"] is null)
        {
            await SendAsync(HttpMethod.Post, "sys/mounts/database", new JsonObject { ["type"] = "database" }, cancellationToken);
        }

        if ((await SendAsync(HttpMethod.Get, "sys/auth", null, cancellationToken))?["kubernetes/"] is null)
        {
            await SendAsync(HttpMethod.Post, "sys/auth/kubernetes", new JsonObject { ["type"] = "kubernetes" }, cancellationToken);
        }

        await SendAsync(
            HttpMethod.Post,
            "auth/kubernetes/config",
            new JsonObject
            {
                ["kubernetes_host"] = cluster.Address.GetLeftPart(UriPartial.Authority),
                ["kubernetes_ca_cert"] = cluster.CertificateAuthority,
                ["disable_local_ca_jwt"] = true,
            },
            cancellationToken);
        await SendAsync(
            HttpMethod.Put,
            "sys/policies/acl/erp",
            new JsonObject
            {
                ["policy"] = "path \"database/creds/erp\" { capabilities = [\"read\"] }\npath \"secret/data/erp/*\" { capabilities = [\"read\"] }\n",
            },
            cancellationToken);
        await SendAsync(
            HttpMethod.Post,
            "auth/kubernetes/role/erp",
            new JsonObject
            {
                ["bound_service_account_names"] = new JsonArray("erp"),
                ["bound_service_account_namespaces"] = new JsonArray("erp"),
                ["token_policies"] = new JsonArray("erp"),
                ["token_ttl"] = "10m",
            },
            cancellationToken);
        await ConfigureDatabaseAsync(databasePassword, cancellationToken);
        await SendAsync(
            HttpMethod.Post,
            "secret/data/erp/settings",
            new JsonObject { ["data"] = new JsonObject { ["currency"] = "EUR", ["company"] = "Example GmbH" } },
            cancellationToken);
    }

    private async Task ConfigureDatabaseAsync(string password, CancellationToken cancellationToken)
    {
        await SendAsync(
            HttpMethod.Post,
            "database/config/erp",
            new JsonObject
            {
                ["plugin_name"] = "postgresql-database-plugin",
                ["allowed_roles"] = new JsonArray("erp"),
                ["connection_url"] = string.Create(
                    CultureInfo.InvariantCulture,
                    $$$"""postgresql://{{username}}:{{password}}@127.0.0.1:{{{state.Ports.Postgres}}}/{{{DatabaseSetup.Database}}}?sslmode=disable"""),
                ["username"] = DatabaseSetup.VaultRole,
                ["password"] = password,
            },
            cancellationToken);
        await SendAsync(
            HttpMethod.Post,
            "database/roles/erp",
            new JsonObject
            {
                ["db_name"] = "erp",
                ["creation_statements"] = new JsonArray(
                    """CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE erp_app;"""),
                ["revocation_statements"] = new JsonArray("""DROP ROLE IF EXISTS "{{name}}";"""),

                // Short, so that renewals and replacements are seen while one looks.
                ["default_ttl"] = "1m",
                ["max_ttl"] = "10m",
            },
            cancellationToken);
    }

    private async Task<JsonObject> WaitAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await _http.GetFromJsonAsync<JsonObject>("sys/seal-status", cancellationToken) ?? [];
            }
            catch (HttpRequestException e) when (time.GetElapsedTime(started) < Patience)
            {
                _ = e;
                await Task.Delay(Poll, time, cancellationToken);
            }
            catch (HttpRequestException e)
            {
                throw LabErrors.NotReady("Vault", Patience, layout.Log("pod-vault-vault-0"), e.Message);
            }
        }
    }

    private async Task<JsonObject?> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw LabErrors.ProvisioningFailed($"{method} {path} on Vault", $"{(int)response.StatusCode} {text.Trim()}", layout.Log("pod-vault-vault-0"));
        }

        return response.StatusCode == HttpStatusCode.NoContent || text.Length == 0 ? null : JsonNode.Parse(text) as JsonObject;
    }
}
