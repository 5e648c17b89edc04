using System.Diagnostics;

namespace Blackstart.Lab.Tests.Vault;

public sealed class DatabaseTests(ThrowawayPostgres postgres)
{
    private const string Creation = """CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'; GRANT pg_read_all_data TO \"{{name}}\";""";

    [Fact]
    public async Task An_expired_lease_drops_the_role()
    {
        await using var vault = await OpenAsync("1s", "3s");
        var (user, password, _) = await IssueAsync(vault);
        (await postgres.LogsInAsync(user, password)).ShouldBeTrue();
        await WaitUntilGoneAsync(user);
    }

    [Fact]
    public async Task A_lease_survives_a_restart_and_ends_after_the_unseal()
    {
        await using var vault = await OpenAsync("2s", "1h");
        var key = vault.Key;
        var (user, _, lease) = await IssueAsync(vault);
        await vault.Vault.RestartAsync();
        (await vault.Client.SendAsync("PUT", "sys/leases/lookup", $$"""{"lease_id":"{{lease}}"}""")).Status.ShouldBe(503);
        (await postgres.HasRoleAsync(user)).ShouldBeTrue();
        await vault.Client.UnsealAsync(key);
        await WaitUntilGoneAsync(user);
    }

    [Fact]
    public async Task A_revoked_token_takes_its_credentials_along()
    {
        await using var vault = await OpenAsync("1h", "1h");
        await vault.Client.OkAsync("PUT", "sys/policies/acl/app", """{"policy":"path \"database/creds/app\" { capabilities = [\"read\"] }"}""");
        var token = (await vault.Client.OkAsync("POST", "auth/token/create", """{"policies":["app"]}"""))["auth"]!["client_token"]!.ToString();
        var answer = (await vault.Client.SendAsync("GET", "database/creds/app", token: token)).Body;
        var user = answer["data"]!["username"]!.ToString();
        (await postgres.HasRoleAsync(user)).ShouldBeTrue();
        await vault.Client.OkAsync("POST", "auth/token/revoke", $$"""{"token":"{{token}}"}""");
        (await postgres.HasRoleAsync(user)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_role_that_cannot_be_dropped_keeps_its_lease_until_it_can()
    {
        await using var vault = await OpenAsync("1h", "1h");
        var (user, password, lease) = await IssueAsync(vault);
        await postgres.ScalarAsync($"CREATE TABLE owned (n int); ALTER TABLE owned OWNER TO \"{user}\"");
        try
        {
            (await vault.Client.SendAsync("PUT", "sys/leases/revoke", $$"""{"lease_id":"{{lease}}","sync":true}""")).Status.ShouldBe(500);
            (await postgres.LogsInAsync(user, password)).ShouldBeTrue();
        }
        finally
        {
            await postgres.ScalarAsync("DROP TABLE owned");
        }

        await WaitUntilGoneAsync(user);
    }

    [Fact]
    public async Task Refuses_a_connection_that_does_not_work_and_hides_passwords()
    {
        await using var vault = await OpenAsync("1h", "1h");
        var wrong = postgres.Url.Replace("{{username}}", "postgres", StringComparison.Ordinal).Replace("{{password}}", "wrong", StringComparison.Ordinal);
        (await vault.Client.SendAsync("POST", "database/config/bad", $$"""{"plugin_name":"postgresql-database-plugin","connection_url":"{{wrong}}"}""")).Status.ShouldBe(400);
        (await vault.Client.SendAsync("GET", "database/config/bad")).Status.ShouldBe(404);
        (await vault.Client.OkAsync("GET", "database/config/shop")).ToJsonString().ShouldNotContain(postgres.AdminPassword);
    }

    private async Task<OpenVault> OpenAsync(string ttl, string maximum)
    {
        var vault = await TemporaryVault.StartAsync();
        var key = await vault.Client.OpenAsync();
        await vault.Client.OkAsync("POST", "sys/mounts/database", """{"type":"database"}""");
        await vault.Client.OkAsync(
            "POST",
            "database/config/shop",
            $$"""{"plugin_name":"postgresql-database-plugin","allowed_roles":"app","connection_url":"{{postgres.Url}}","username":"postgres","password":"{{postgres.AdminPassword}}"}""");
        await vault.Client.OkAsync(
            "POST",
            "database/roles/app",
            "{\"db_name\":\"shop\",\"creation_statements\":[\"" + Creation + "\"],\"default_ttl\":\"" + ttl + "\",\"max_ttl\":\"" + maximum + "\"}");
        return new OpenVault(vault, key);
    }

    private static async Task<(string User, string Password, string Lease)> IssueAsync(OpenVault vault)
    {
        var answer = await vault.Client.OkAsync("GET", "database/creds/app");
        return (answer["data"]!["username"]!.ToString(), answer["data"]!["password"]!.ToString(), answer["lease_id"]!.ToString());
    }

    private async Task WaitUntilGoneAsync(string user)
    {
        var deadline = Stopwatch.StartNew();
        while (await postgres.HasRoleAsync(user))
        {
            deadline.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30), $"{user} is still there");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private sealed record OpenVault(TemporaryVault Vault, string Key) : IAsyncDisposable
    {
        public VaultClient Client => Vault.Client;

        public ValueTask DisposeAsync() => Vault.DisposeAsync();
    }
}
