using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Vault.Http;

/// <summary>What a Vault answers whatever its state: <c>sys/init</c>, <c>seal-status</c>, <c>unseal</c>, <c>seal</c>, <c>health</c>, <c>leader</c>.</summary>
internal sealed class SealEndpoints(VaultCore core, TimeProvider time)
{
    /// <summary>The release whose answers are followed.</summary>
    private const string Version = "1.15.0+blackstart";
    private const string BuildDate = "2023-09-22T16:53:10Z";

    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        var writes = context.Request.Method is "PUT" or "POST";
        switch (path)
        {
            case "sys/init":
                await (context.Request.Method == "GET" ? ReadInitAsync(context) : writes ? InitializeAsync(context) : RefuseAsync(context));
                return true;
            case "sys/seal-status":
                await (context.Request.Method == "GET" ? SealStatusAsync(context) : RefuseAsync(context));
                return true;
            case "sys/unseal":
                await (writes ? UnsealAsync(context) : RefuseAsync(context));
                return true;
            case "sys/seal":
                await (writes ? SealAsync(context) : RefuseAsync(context));
                return true;
            case "sys/health":
                await (context.Request.Method is "GET" or "HEAD" ? HealthAsync(context) : RefuseAsync(context));
                return true;
            case "sys/leader":
                await (context.Request.Method == "GET" ? LeaderAsync(context) : RefuseAsync(context));
                return true;
            default:
                return false;
        }
    }

    private static Task RefuseAsync(HttpContext context) => Answers.ErrorAsync(context, 405, []);

    private Task ReadInitAsync(HttpContext context) =>
        Answers.WriteAsync(context, 200, new JsonObject { ["initialized"] = core.Barrier.Configuration is not null });

    private async Task InitializeAsync(HttpContext context)
    {
        var data = await VaultHttp.BodyAsync(context) ?? throw new VaultFault(400, "EOF");
        if (data["pgp_keys"] is JsonArray { Count: > 0 } || VaultJson.Text(data, "root_token_pgp_key") is { Length: > 0 })
        {
            throw new VaultFault(400, "PGP keys are not supported by this Vault");
        }

        var keys = await core.InitializeAsync(
            Number(data, "secret_shares"),
            Number(data, "secret_threshold"),
            context.RequestAborted);
        await Answers.WriteAsync(context, 200, new JsonObject
        {
            ["keys"] = VaultJson.Array(keys.Keys.Select(Convert.ToHexStringLower)),
            ["keys_base64"] = VaultJson.Array(keys.Keys.Select(key => Convert.ToBase64String(key))),
            ["root_token"] = keys.RootToken,
        });
    }

    private Task SealStatusAsync(HttpContext context)
    {
        var configuration = core.Barrier.Configuration;
        var progress = core.Progress;
        var status = new JsonObject
        {
            ["type"] = "shamir",
            ["initialized"] = configuration is not null,
            ["sealed"] = core.Barrier.IsSealed,
            ["t"] = configuration?.Threshold ?? 0,
            ["n"] = configuration?.Shares ?? 0,
            ["progress"] = progress.Parts.Count,
            ["nonce"] = progress.Nonce,
            ["version"] = Version,
            ["build_date"] = BuildDate,
            ["migration"] = false,
            ["recovery_seal"] = false,
            ["storage_type"] = "block",
        };
        AddCluster(status);
        return Answers.WriteAsync(context, 200, status);
    }

    private async Task UnsealAsync(HttpContext context)
    {
        var data = await VaultHttp.BodyAsync(context) ?? throw new VaultFault(400, "EOF");
        if (VaultJson.Flag(data, "reset") == true)
        {
            if (!core.Barrier.IsSealed)
            {
                throw new VaultFault(400, "vault is unsealed");
            }

            core.ResetUnseal();
        }
        else if (VaultJson.Text(data, "key") is { Length: > 0 } text)
        {
            await core.UnsealAsync(Key(text), context.RequestAborted);
        }
        else
        {
            throw new VaultFault(400, "'key' must be specified in request body as JSON, or 'reset' set to true");
        }

        await SealStatusAsync(context);
    }

    private async Task SealAsync(HttpContext context)
    {
        await core.SealAsync(VaultHttp.TokenOf(context.Request), context.RequestAborted);
        await Answers.EmptyAsync(context);
    }

    private Task HealthAsync(HttpContext context)
    {
        var initialised = core.Barrier.Configuration is not null;
        var isSealed = core.Barrier.IsSealed;
        var replication = isSealed ? "unknown" : "disabled";
        var (parameter, code) = !initialised ? ("uninitcode", 501) : isSealed ? ("sealedcode", 503) : ("activecode", 200);
        if (context.Request.Query.TryGetValue(parameter, out var wanted)
            && !(int.TryParse(wanted.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= 200 and <= 599))
        {
            throw new VaultFault(400, $"invalid status code \"{wanted}\"");
        }

        var health = new JsonObject
        {
            ["initialized"] = initialised,
            ["sealed"] = isSealed,
            ["standby"] = isSealed,
            ["performance_standby"] = false,
            ["replication_performance_mode"] = replication,
            ["replication_dr_mode"] = replication,
            ["server_time_utc"] = time.GetUtcNow().ToUnixTimeSeconds(),
            ["version"] = Version,
            ["enterprise"] = false,
        };
        AddCluster(health);
        return Answers.WriteAsync(context, code, health);
    }

    private static Task LeaderAsync(HttpContext context) => Answers.WriteAsync(context, 200, new JsonObject
    {
        ["ha_enabled"] = false,
        ["is_self"] = false,
        ["active_time"] = "0001-01-01T00:00:00Z",
        ["leader_address"] = string.Empty,
        ["leader_cluster_address"] = string.Empty,
        ["performance_standby"] = false,
        ["performance_standby_last_remote_wal"] = 0,
    });

    private void AddCluster(JsonObject answer)
    {
        // Sealing may come between; a Vault that is sealed has no name to say.
        try
        {
            if (core.Cluster is { } cluster)
            {
                answer["cluster_name"] = cluster.Name;
                answer["cluster_id"] = cluster.Id;
            }
        }
        catch (VaultFault)
        {
            answer["sealed"] = true;
        }
    }

    private static int Number(JsonObject data, string name)
    {
        var number = VaultJson.Number(data, name) ?? 0;
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : int.MaxValue;
    }

    /// <summary>Hex where it has the length of a key, else base64: some keys are valid as both.</summary>
    private static byte[] Key(string text)
    {
        if (text.Length is 64 or 66 && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new VaultFault(400, "'key' must be a valid hex or base64 string");
        }
    }
}
