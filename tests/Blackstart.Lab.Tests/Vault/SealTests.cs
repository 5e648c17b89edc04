namespace Blackstart.Lab.Tests.Vault;

public sealed class SealTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Opens_with_a_threshold_of_shares_in_any_order_and_either_encoding()
    {
        await using var vault = await TemporaryVault.StartAsync();
        var init = await vault.Client.OkAsync("PUT", "sys/init", """{"secret_shares":5,"secret_threshold":3}""");
        vault.Client.Token = init["root_token"]!.ToString();
        (await vault.Client.OkAsync("GET", "sys/seal-status"))["sealed"]!.GetValue<bool>().ShouldBeTrue();

        await vault.Client.UnsealAsync(init["keys"]![4]!.ToString());
        (await vault.Client.UnsealAsync(init["keys_base64"]![0]!.ToString()))["progress"]!.GetValue<int>().ShouldBe(2);
        (await vault.Client.UnsealAsync(init["keys"]![2]!.ToString()))["sealed"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task Stays_sealed_with_a_wrong_key_and_says_no_cluster_id()
    {
        await using var vault = await TemporaryVault.StartAsync();
        var key = await vault.Client.OpenAsync();
        var id = (await vault.Client.OkAsync("GET", "sys/health"))["cluster_id"]!.ToString();
        await vault.Client.OkAsync("PUT", "sys/seal");
        var wrong = Convert.FromBase64String(key);
        wrong[7] ^= 1;
        (await vault.Client.SendAsync("PUT", "sys/unseal", $$"""{"key":"{{Convert.ToBase64String(wrong)}}"}""")).Status.ShouldBe(400);

        var (status, health) = await vault.Client.SendAsync("GET", "sys/health");
        status.ShouldBe(503);
        health.ContainsKey("cluster_id").ShouldBeFalse();
        (await vault.Client.SendAsync("GET", "sys/mounts")).Status.ShouldBe(503);
        (await vault.Client.UnsealAsync(key))["cluster_id"]!.ToString().ShouldBe(id);
    }

    [Fact]
    public async Task Comes_back_sealed_after_a_restart_and_still_knows_everything()
    {
        await using var vault = await TemporaryVault.StartAsync();
        var key = await vault.Client.OpenAsync();
        await vault.Client.OkAsync("POST", "sys/mounts/secret", """{"type":"kv","options":{"version":"2"}}""");
        await vault.Client.OkAsync("PUT", "secret/data/app", """{"data":{"n":1}}""");
        await vault.Client.OkAsync("PUT", "secret/data/app", """{"data":{"n":2}}""");
        await vault.RestartAsync();

        (await vault.Client.SendAsync("GET", "secret/data/app")).Status.ShouldBe(503);
        await vault.Client.UnsealAsync(key);
        (await vault.Client.OkAsync("GET", "secret/data/app"))["data"]!["data"]!["n"]!.GetValue<int>().ShouldBe(2);
        (await vault.Client.OkAsync("GET", "secret/data/app?version=1"))["data"]!["data"]!["n"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task Writes_nothing_readable_to_its_device()
    {
        await using var vault = await TemporaryVault.StartAsync();
        await vault.Client.OpenAsync();
        await vault.Client.OkAsync("POST", "sys/mounts/findable-mount", """{"type":"kv"}""");
        await vault.Client.OkAsync("PUT", "findable-mount/findable-path", """{"findable-field":"findable-value"}""");
        await vault.StopAsync();

        var device = await File.ReadAllBytesAsync(vault.Device, Cancel);
        device.AsSpan().IndexOf("findable"u8).ShouldBe(-1);
        device.AsSpan().IndexOf("BSVAULT"u8).ShouldBe(0);
    }

    [Fact]
    public async Task Refuses_what_a_policy_does_not_allow()
    {
        await using var vault = await TemporaryVault.StartAsync();
        await vault.Client.OpenAsync();
        await vault.Client.OkAsync("POST", "sys/mounts/kv", """{"type":"kv"}""");
        await vault.Client.OkAsync("PUT", "kv/a/x/secret", """{"v":"1"}""");
        await vault.Client.OkAsync("PUT", "kv/a/x/open", """{"v":"1"}""");
        await vault.Client.OkAsync(
            "PUT",
            "sys/policies/acl/reader",
            """{"policy":"path \"kv/*\" { capabilities = [\"create\", \"read\", \"update\"] }\npath \"kv/+/x/secret\" { capabilities = [\"deny\"] }"}""");
        var token = (await vault.Client.OkAsync("POST", "auth/token/create", """{"policies":["reader"]}"""))["auth"]!["client_token"]!.ToString();

        (await vault.Client.SendAsync("GET", "kv/a/x/open", token: token)).Status.ShouldBe(200);
        (await vault.Client.SendAsync("GET", "kv/a/x/secret", token: token)).Status.ShouldBe(403);
        (await vault.Client.SendAsync("DELETE", "kv/a/x/open", token: token)).Status.ShouldBe(403);
        (await vault.Client.SendAsync("PUT", "sys/seal", token: token)).Status.ShouldBe(403);
        (await vault.Client.SendAsync("GET", "kv/a/x/open", token: "hvs.unknown")).Status.ShouldBe(403);
        (await vault.Client.SendAsync("PUT", "sys/policies/acl/x", """{"policy":"path \"x\" { capabilities = [\"read\"] allowed_parameters = { } }"}""")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_token_dies_with_its_parent()
    {
        await using var vault = await TemporaryVault.StartAsync();
        await vault.Client.OpenAsync();
        var parent = (await vault.Client.OkAsync("POST", "auth/token/create", """{"policies":["root"],"ttl":"1h"}"""))["auth"]!["client_token"]!.ToString();
        var child = (await vault.Client.SendAsync("POST", "auth/token/create", """{"policies":["default"]}""", parent)).Body["auth"]!["client_token"]!.ToString();
        (await vault.Client.SendAsync("GET", "auth/token/lookup-self", token: child)).Status.ShouldBe(200);
        await vault.Client.OkAsync("POST", "auth/token/revoke", $$"""{"token":"{{parent}}"}""");
        (await vault.Client.SendAsync("GET", "auth/token/lookup-self", token: child)).Status.ShouldBe(403);
    }
}
