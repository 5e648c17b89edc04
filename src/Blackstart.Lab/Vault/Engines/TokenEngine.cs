using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Tokens;

namespace Blackstart.Lab.Vault.Engines;

/// <summary><c>auth/token</c>: tokens made from tokens.</summary>
internal sealed class TokenEngine(VaultCore core, TimeProvider time) : IEngine
{
    public string Type => "token";

    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        switch (request.Operation, request.Path)
        {
            case (VaultOperation.Update, "create"):
                return await CreateAsync(request, orphan: false, cancellationToken);
            case (VaultOperation.Update, "create-orphan"):
                return await CreateAsync(request, orphan: true, cancellationToken);
            case (VaultOperation.Read or VaultOperation.Update, "lookup-self"):
                return Describe(request.Token!, request.ClientToken);
            case (VaultOperation.Update, "lookup"):
                var token = VaultJson.Text(request.Data, "token") is { Length: > 0 } given ? given : request.ClientToken;
                return Describe(core.Tokens.Find(token) ?? throw new VaultFault(403, "bad token"), token);
            case (VaultOperation.Update, "lookup-accessor"):
                return Describe(ByAccessor(request), string.Empty);
            case (VaultOperation.Update, "renew-self"):
                return await RenewAsync(request, request.Token!, request.ClientToken, cancellationToken);
            case (VaultOperation.Update, "renew"):
                var renewed = VaultJson.Text(request.Data, "token") ?? throw new VaultFault(400, "missing token ID");
                return await RenewAsync(request, core.Tokens.Find(renewed) ?? throw new VaultFault(400, "token not found"), renewed, cancellationToken);
            case (VaultOperation.Update, "renew-accessor"):
                return await RenewAsync(request, ByAccessor(request), string.Empty, cancellationToken);
            case (VaultOperation.Update, "revoke-self"):
                await core.Revocation.RevokeAsync(request.Token!, cancellationToken);
                return null;
            case (VaultOperation.Update, "revoke"):
                if (core.Tokens.Find(VaultJson.Text(request.Data, "token") ?? throw new VaultFault(400, "missing token ID")) is { } revoked)
                {
                    await core.Revocation.RevokeAsync(revoked, cancellationToken);
                }

                return null;
            case (VaultOperation.Update, "revoke-orphan"):
                if (core.Tokens.Find(VaultJson.Text(request.Data, "token") ?? throw new VaultFault(400, "missing token ID")) is { } parent)
                {
                    await core.Revocation.RevokeOrphaningAsync(parent, cancellationToken);
                }

                return null;
            case (VaultOperation.Update, "revoke-accessor"):
                await core.Revocation.RevokeAsync(ByAccessor(request), cancellationToken);
                return null;
            case (VaultOperation.List, "accessors" or "accessors/"):
                return VaultResponse.Keys(core.Tokens.All().Select(entry => entry.Accessor));
            default:
                throw EngineRequest.UnsupportedPath;
        }
    }

    private async Task<VaultResponse> CreateAsync(EngineRequest request, bool orphan, CancellationToken cancellationToken)
    {
        var data = request.Data;
        var parent = request.Token!;
        orphan |= VaultJson.Flag(data, "no_parent") == true;
        if (orphan && !core.Policies.AccessOf(parent.Policies).Allows("update", request.Mount.Path + request.Path, needsSudo: true))
        {
            throw new VaultFault(400, "root or sudo privileges required to create orphan token");
        }

        if (data.ContainsKey("id") || VaultJson.Text(data, "type") is { Length: > 0 } and not "service")
        {
            throw new VaultFault(400, "chosen token IDs and batch tokens are not supported by this Vault");
        }

        var (token, entry) = await core.Tokens.CreateAsync(
            new TokenRequest
            {
                Policies = PoliciesOf(data, parent),
                Path = request.Mount.Path + request.Path,
                DisplayName = VaultJson.Text(data, "display_name") is { Length: > 0 } name ? $"token-{name}" : "token",
                Meta = (data["meta"] as JsonObject)?.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? string.Empty, StringComparer.Ordinal),
                Ttl = VaultJson.Seconds(data, "ttl") ?? VaultJson.Seconds(data, "lease") ?? 0,
                ExplicitMaxTtl = VaultJson.Seconds(data, "explicit_max_ttl") ?? 0,
                Period = VaultJson.Seconds(data, "period") ?? 0,
                NumUses = (int)(VaultJson.Number(data, "num_uses") ?? 0),
                Parent = orphan ? null : parent.Hash,
                Renewable = VaultJson.Flag(data, "renewable") ?? true,
            },
            cancellationToken);
        return new VaultResponse { Auth = core.Tokens.Auth(token, entry) };
    }

    private static IReadOnlyList<string> PoliciesOf(JsonObject data, TokenEntry parent)
    {
        var wanted = VaultJson.List(data, "policies") is { Count: > 0 } given ? given : parent.Policies;
        if (wanted.Contains("root"))
        {
            return parent.IsRoot ? ["root"] : throw new VaultFault(400, "root tokens may not be created without parent token being root");
        }

        if (!parent.IsRoot && wanted.Except(parent.Policies).Any(policy => policy != "default"))
        {
            throw new VaultFault(400, "child policies must be subset of parent");
        }

        var withDefault = VaultJson.Flag(data, "no_default_policy") == true ? wanted : wanted.Append("default");
        return [.. withDefault.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private async Task<VaultResponse> RenewAsync(EngineRequest request, TokenEntry entry, string token, CancellationToken cancellationToken)
    {
        if (core.Mounts.Match(entry.Path) is { } mount && mount.Type != Type)
        {
            core.EngineOf(mount.Type)?.RequireRenewable(mount, entry);
        }

        var increment = VaultJson.Seconds(request.Data, "increment") ?? 0;
        var (renewed, warnings) = await core.Tokens.RenewAsync(entry, increment, cancellationToken);
        return new VaultResponse { Auth = core.Tokens.Auth(token, renewed), Warnings = warnings };
    }

    private VaultResponse Describe(TokenEntry entry, string token) => entry.ExpireTime <= time.GetUtcNow()
        ? throw new VaultFault(403, "bad token")
        : VaultResponse.Of(core.Tokens.Describe(entry, token));

    private TokenEntry ByAccessor(EngineRequest request) =>
        core.Tokens.FindByAccessor(VaultJson.Text(request.Data, "accessor") ?? throw new VaultFault(400, "missing accessor"))
        ?? throw new VaultFault(403, "invalid accessor");
}
