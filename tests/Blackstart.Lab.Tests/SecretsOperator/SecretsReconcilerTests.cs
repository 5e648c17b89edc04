using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.SecretsOperator;
using Blackstart.Lab.Tests.Vault;

namespace Blackstart.Lab.Tests.SecretsOperator;

/// <summary>The operator between a real PostgreSQL, the lab's Vault and the lab's Kubernetes API.</summary>
public sealed class SecretsReconcilerTests(ThrowawayPostgres postgres, ThrowawayCluster cluster)
{
    private const string Creation = """CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fills_renews_and_refills_a_secret_and_leaves_it_in_place_while_Vault_is_sealed()
    {
        using var client = await ClusterClient.FromKubeconfigAsync(await cluster.KubeconfigAsync(), TimeProvider.System, Cancel);
        await using var vault = await TemporaryVault.StartAsync();
        var key = await vault.Client.OpenAsync();
        await PrepareAsync(vault, client, "rotation");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var reconciler = new SecretsReconciler(client, "pod-1", TimeProvider.System);
        var running = reconciler.RunAsync(stop.Token);

        // Filled, with credentials that log in.
        var (user, password) = await WaitForUserAsync(client, "rotation", _ => true);
        (await postgres.LogsInAsync(user, password)).ShouldBeTrue();
        var source = await WaitForAsync(client, "rotation", item => Condition(item, "Healthy") == "True");
        source.TextAt("status", "lastRuntimePodUID").ShouldBe("pod-1");
        var lease = source.TextAt("status", "secretLease", "id");
        lease.ShouldStartWith("database/creds/app/");

        // Renewed, the same lease.
        var renewal = source.At("status", "lastRenewalTime")!.GetValue<long>();
        source = await WaitForAsync(client, "rotation", item => item.At("status", "lastRenewalTime")!.GetValue<long>() > renewal);
        source.TextAt("status", "secretLease", "id").ShouldBe(lease);

        // Sealed: it says so, and the Secret stays.
        await vault.Client.OkAsync("PUT", "sys/seal");
        source = await WaitForAsync(client, "rotation", item => Condition(item, "Healthy") == "False");
        source.ItemsAt("status", "conditions").First().TextAt("message")!.ShouldContain("Vault is sealed");
        (await WaitForUserAsync(client, "rotation", _ => true)).User.ShouldBe(user);
        await PollAsync(
            async () => (await client.ListAsync(ResourceType.Events, "rotation", Cancel)).FirstOrDefault(item => item.TextAt("reason") == "VaultClientError"),
            _ => true);

        // Open again, and forced by an annotation: a new login, new credentials.
        await vault.Client.UnsealAsync(key);
        await client.PatchAsync(
            SecretsOperatorKinds.DynamicSecrets,
            "rotation",
            "database",
            new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["blackstart.dev/renew"] = "1" } } },
            Cancel);
        (user, password) = await WaitForUserAsync(client, "rotation", name => name != user);
        (await postgres.LogsInAsync(user, password)).ShouldBeTrue();
        await WaitForAsync(client, "rotation", item => Condition(item, "Healthy") == "True");

        // The lease is taken away behind its back: read anew.
        await vault.Client.OkAsync("PUT", "sys/leases/revoke-prefix/database/creds/app");
        (user, _) = await WaitForUserAsync(client, "rotation", name => name != user);

        // The login is taken away, and with it the lease: logged in and read anew.
        foreach (var accessor in (await vault.Client.OkAsync("LIST", "auth/token/accessors"))["data"]!["keys"]!.AsArray().Select(node => node!.ToString()))
        {
            var (_, token) = await vault.Client.SendAsync("POST", "auth/token/lookup-accessor", $$"""{"accessor":"{{accessor}}"}""");
            if (token["data"]?["display_name"]?.ToString().StartsWith("kubernetes-", StringComparison.Ordinal) == true)
            {
                await vault.Client.OkAsync("POST", "auth/token/revoke-accessor", $$"""{"accessor":"{{accessor}}"}""");
            }
        }

        (user, _) = await WaitForUserAsync(client, "rotation", name => name != user);

        // The Secret is deleted: made anew.
        await client.DeleteAsync(ResourceType.Secrets, "rotation", "database", Cancel);
        await WaitForUserAsync(client, "rotation", name => name != user);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Copies_a_static_secret_and_does_not_touch_one_that_is_somebody_elses()
    {
        using var client = await ClusterClient.FromKubeconfigAsync(await cluster.KubeconfigAsync(), TimeProvider.System, Cancel);
        await using var vault = await TemporaryVault.StartAsync();
        await vault.Client.OpenAsync();
        await PrepareAsync(vault, client, "copies");
        await client.ApplyAsync(
            """
            apiVersion: v1
            kind: Secret
            metadata: { name: taken, namespace: copies }
            data: { mine: eWVz }
            ---
            apiVersion: secrets.hashicorp.com/v1beta1
            kind: VaultStaticSecret
            metadata: { name: settings, namespace: copies }
            spec: { vaultAuthRef: vault, type: kv-v2, mount: secret, path: app/settings, refreshAfter: 1s, destination: { name: settings, create: true } }
            ---
            apiVersion: secrets.hashicorp.com/v1beta1
            kind: VaultStaticSecret
            metadata: { name: clash, namespace: copies }
            spec: { vaultAuthRef: vault, type: kv-v2, mount: secret, path: app/settings, destination: { name: taken, create: true } }
            """,
            Cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var reconciler = new SecretsReconciler(client, "pod-1", TimeProvider.System);
        var running = reconciler.RunAsync(stop.Token);

        (await WaitForValueAsync(client, "copies", "settings", "currency", _ => true)).ShouldBe("EUR");
        (await WaitForValueAsync(client, "copies", "settings", "_raw", _ => true)).ShouldContain("\"version\":1");
        await vault.Client.OkAsync("PUT", "secret/data/app/settings", """{"data":{"currency":"CHF"}}""");
        await WaitForValueAsync(client, "copies", "settings", "currency", value => value == "CHF");

        var clash = await PollAsync(async () => await client.GetAsync(SecretsOperatorKinds.StaticSecrets, "copies", "clash", Cancel), item => Condition(item, "SecretSynced") == "False");
        clash.ItemsAt("status", "conditions").First().TextAt("message")!.ShouldContain("overwrite");
        (await client.GetAsync(ResourceType.Secrets, "copies", "taken", Cancel)).TextAt("data", "mine").ShouldBe("eWVz");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    private async Task PrepareAsync(TemporaryVault vault, ClusterClient client, string ns)
    {
        await client.ApplyAsync(SecretsOperatorKinds.Definitions, Cancel);
        await client.ApplyAsync(
            $$"""
            apiVersion: v1
            kind: Namespace
            metadata: { name: {{ns}} }
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: { name: app, namespace: {{ns}} }
            ---
            apiVersion: secrets.hashicorp.com/v1beta1
            kind: VaultConnection
            metadata: { name: vault, namespace: {{ns}} }
            spec: { address: "{{vault.Client.Address}}" }
            ---
            apiVersion: secrets.hashicorp.com/v1beta1
            kind: VaultAuth
            metadata: { name: vault, namespace: {{ns}} }
            spec: { vaultConnectionRef: vault, method: kubernetes, mount: kubernetes, kubernetes: { role: app, serviceAccount: app } }
            """,
            Cancel);
        if (ns == "rotation")
        {
            await client.ApplyAsync(
                $$"""
                apiVersion: secrets.hashicorp.com/v1beta1
                kind: VaultDynamicSecret
                metadata: { name: database, namespace: {{ns}} }
                spec: { vaultAuthRef: vault, mount: database, path: creds/app, renewalPercent: 50, destination: { name: database, create: true } }
                """,
                Cancel);
        }

        await vault.Client.OkAsync("POST", "sys/auth/kubernetes", """{"type":"kubernetes"}""");
        await vault.Client.OkAsync(
            "POST",
            "auth/kubernetes/config",
            new JsonObject { ["kubernetes_host"] = client.Connection.Address.ToString(), ["kubernetes_ca_cert"] = client.Connection.CertificateAuthority }.ToJsonString());
        await vault.Client.OkAsync(
            "POST",
            "auth/kubernetes/role/app",
            $$"""{"bound_service_account_names":"app","bound_service_account_namespaces":"{{ns}}","token_policies":"app","token_ttl":"10m"}""");
        await vault.Client.OkAsync(
            "PUT",
            "sys/policies/acl/app",
            """{"policy":"path \"database/creds/app\" { capabilities = [\"read\"] }\npath \"secret/data/app/*\" { capabilities = [\"read\"] }"}""");
        await vault.Client.OkAsync("POST", "sys/mounts/secret", """{"type":"kv-v2"}""");
        await vault.Client.OkAsync("PUT", "secret/data/app/settings", """{"data":{"currency":"EUR"}}""");
        await vault.Client.OkAsync("POST", "sys/mounts/database", """{"type":"database"}""");
        await vault.Client.OkAsync(
            "POST",
            "database/config/shop",
            $$"""{"plugin_name":"postgresql-database-plugin","allowed_roles":"app","connection_url":"{{postgres.Url}}","username":"postgres","password":"{{postgres.AdminPassword}}"}""");
        await vault.Client.OkAsync(
            "POST",
            "database/roles/app",
            "{\"db_name\":\"shop\",\"creation_statements\":[\"" + Creation + "\"],\"default_ttl\":\"10s\",\"max_ttl\":\"1h\"}");
    }

    private static string? Condition(JsonObject item, string type) =>
        item.ItemsAt("status", "conditions").FirstOrDefault(condition => condition.TextAt("type") == type).TextAt("status");

    private static Task<JsonObject> WaitForAsync(ClusterClient client, string ns, Func<JsonObject, bool> holds) =>
        PollAsync(() => client.GetAsync(SecretsOperatorKinds.DynamicSecrets, ns, "database", Cancel), holds);

    private static async Task<(string User, string Password)> WaitForUserAsync(ClusterClient client, string ns, Func<string, bool> holds)
    {
        var user = await WaitForValueAsync(client, ns, "database", "username", holds);
        return (user, await WaitForValueAsync(client, ns, "database", "password", _ => true));
    }

    private static async Task<string> WaitForValueAsync(ClusterClient client, string ns, string secret, string key, Func<string, bool> holds)
    {
        var found = await PollAsync(
            () => client.GetAsync(ResourceType.Secrets, ns, secret, Cancel),
            item => item.TextAt("data", key) is { } value && holds(Decode(value)));
        return Decode(found.TextAt("data", key)!);
    }

    private static string Decode(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));

    private static async Task<JsonObject> PollAsync(Func<Task<JsonObject?>> ask, Func<JsonObject, bool> holds)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (answer is not null && holds(answer))
            {
                return answer;
            }

            deadline.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30), answer?.ToJsonString() ?? "not there");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancel);
        }
    }
}
