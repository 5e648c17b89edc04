using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Crypto;
using Blackstart.Lab.Vault.Tokens;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>AppRole authentication: roles, their ids, secrets with a number of uses, login.</summary>
internal sealed class AppRoleEngine(SealBarrier barrier, TokenStore tokens, TimeProvider time) : IEngine
{
    private readonly Exclusive _spending = new();

    public string Type => "approle";

    public bool IsOpen(string path) => path == "login";

    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var parts = request.Path.TrimEnd('/').Split('/');
        switch (request.Operation, parts)
        {
            case (VaultOperation.Update, ["login"]):
                return await LoginAsync(request, cancellationToken);
            case (VaultOperation.List, ["role"]):
                return VaultResponse.Keys(barrier.Children(request.Storage + "role/"));
            case (VaultOperation.Read, ["role", var name]):
                return Find(request.Mount, name) is { } role ? VaultResponse.Of(role.Describe()) : null;
            case (VaultOperation.Update, ["role", var name]):
                await barrier.PutAsync(PathOf(request.Mount, name), RoleOf(request, name), cancellationToken);
                return null;
            case (VaultOperation.Delete, ["role", var name]):
                await barrier.DeleteAsync(PathOf(request.Mount, name), cancellationToken);
                return null;
            case (VaultOperation.Read, ["role", var name, "role-id"]):
                return Find(request.Mount, name) is { } named ? VaultResponse.Of(new JsonObject { ["role_id"] = named.RoleId }) : null;
            case (VaultOperation.Update, ["role", var name, "secret-id"]):
                return await CreateSecretAsync(request, name, cancellationToken);
            default:
                throw EngineRequest.UnsupportedPath;
        }
    }

    public bool? Exists(EngineRequest request) =>
        request.Path.Split('/') is ["role", _] ? barrier.Has(request.Storage + request.Path) : null;

    public void RequireRenewable(MountEntry mount, TokenEntry token)
    {
        if (token.Role is { } role && Find(mount, role) is null)
        {
            throw new VaultFault(500, $"role \"{role}\" does not exist during renewal");
        }
    }

    private async Task<VaultResponse> CreateSecretAsync(EngineRequest request, string name, CancellationToken cancellationToken)
    {
        var role = Find(request.Mount, name) ?? throw new VaultFault(400, $"role \"{name}\" does not exist");
        var (secret, accessor) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        await barrier.PutAsync(
            SecretPath(request.Mount, secret),
            new AppRoleSecret(name, accessor, role.SecretIdNumUses, role.SecretIdTtl > 0 ? time.GetUtcNow().AddSeconds(role.SecretIdTtl) : null),
            cancellationToken);
        return VaultResponse.Of(new JsonObject { ["secret_id"] = secret, ["secret_id_accessor"] = accessor });
    }

    private async Task<VaultResponse> LoginAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var id = VaultJson.Text(request.Data, "role_id") is { Length: > 0 } given ? given : throw new VaultFault(400, "missing role_id");
        var (name, role) = barrier.Children(request.Storage + "role/").Select(candidate => (candidate, Find(request.Mount, candidate)))
            .FirstOrDefault(candidate => candidate.Item2?.RoleId == id);
        if (role is null)
        {
            throw new VaultFault(400, $"invalid role_id \"{id}\"");
        }

        if (role.BindSecretId)
        {
            await SpendAsync(request, name, cancellationToken);
        }

        var (token, entry) = await tokens.CreateAsync(
            new TokenRequest
            {
                Policies = [.. role.TokenPolicies.Append("default").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                Path = request.Mount.Path + "login",
                DisplayName = request.Mount.Path["auth/".Length..].TrimEnd('/'),
                Meta = new Dictionary<string, string>(StringComparer.Ordinal) { ["role_name"] = name },
                Ttl = role.TokenTtl > 0 ? role.TokenTtl : request.Mount.DefaultLeaseTtl,
                MaxTtl = role.TokenMaxTtl > 0 ? role.TokenMaxTtl : request.Mount.MaxLeaseTtl,
                Period = role.Period,
                EntityId = await barrier.EntityOfAsync(request.Mount, role.RoleId, cancellationToken),
                Role = name,
            },
            cancellationToken);
        return new VaultResponse { Auth = tokens.Auth(token, entry) };
    }

    private async Task SpendAsync(EngineRequest request, string role, CancellationToken cancellationToken)
    {
        var secret = VaultJson.Text(request.Data, "secret_id") is { Length: > 0 } given ? given : throw new VaultFault(400, "missing secret_id");
        var path = SecretPath(request.Mount, secret);
        await _spending.WaitAsync(cancellationToken);
        try
        {
            var entry = barrier.Get<AppRoleSecret>(path);
            if (entry is null || entry.Role != role || entry.ExpireTime <= time.GetUtcNow())
            {
                throw new VaultFault(400, $"invalid secret_id \"{secret}\"");
            }

            if (entry.UsesLeft == 1)
            {
                await barrier.DeleteAsync(path, cancellationToken);
            }
            else if (entry.UsesLeft > 1)
            {
                await barrier.PutAsync(path, entry with { UsesLeft = entry.UsesLeft - 1 }, cancellationToken);
            }
        }
        finally
        {
            _spending.Release();
        }
    }

    private AppRole RoleOf(EngineRequest request, string name)
    {
        var data = request.Data;
        var old = Find(request.Mount, name);
        return new AppRole
        {
            RoleId = old?.RoleId ?? Guid.NewGuid().ToString(),
            BindSecretId = VaultJson.Flag(data, "bind_secret_id") ?? old?.BindSecretId ?? true,
            TokenPolicies = VaultJson.List(data, "token_policies") ?? VaultJson.List(data, "policies") ?? old?.TokenPolicies ?? [],
            TokenTtl = VaultJson.Seconds(data, "token_ttl") ?? old?.TokenTtl ?? 0,
            TokenMaxTtl = VaultJson.Seconds(data, "token_max_ttl") ?? old?.TokenMaxTtl ?? 0,
            Period = VaultJson.Seconds(data, "token_period") ?? VaultJson.Seconds(data, "period") ?? old?.Period ?? 0,
            SecretIdNumUses = VaultJson.Number(data, "secret_id_num_uses") ?? old?.SecretIdNumUses ?? 0,
            SecretIdTtl = VaultJson.Seconds(data, "secret_id_ttl") ?? old?.SecretIdTtl ?? 0,
        };
    }

    private AppRole? Find(MountEntry mount, string name) => barrier.Get<AppRole>(PathOf(mount, name));

    private static string PathOf(MountEntry mount, string name) => $"{mount.Storage}role/{name}";

    private static string SecretPath(MountEntry mount, string secret) => $"{mount.Storage}secret/{TokenStore.HashOf(secret)}";
}
