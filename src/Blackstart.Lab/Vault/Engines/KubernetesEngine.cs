using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Crypto;
using Blackstart.Lab.Vault.Tokens;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>Kubernetes authentication: a service account's token, reviewed by its API server, becomes a Vault token.</summary>
internal sealed class KubernetesEngine(SealBarrier barrier, TokenStore tokens) : IEngine
{
    public string Type => "kubernetes";

    public bool IsOpen(string path) => path == "login";

    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var name = request.Path.StartsWith("role/", StringComparison.Ordinal) ? request.Path["role/".Length..].TrimEnd('/') : string.Empty;
        switch (request.Operation, request.Path)
        {
            case (VaultOperation.Update, "login"):
                return await LoginAsync(request, cancellationToken);
            case (VaultOperation.Update, "config"):
                await barrier.PutAsync(request.Storage + "config", ConfigurationOf(request.Data), cancellationToken);
                return null;
            case (VaultOperation.Read, "config"):
                return barrier.Get<KubernetesConfiguration>(request.Storage + "config") is { } configuration ? VaultResponse.Of(configuration.Describe()) : null;
            case (VaultOperation.List, "role" or "role/"):
                return VaultResponse.Keys(barrier.Children(request.Storage + "role/"));
            case (VaultOperation.Update, _) when name.Length > 0:
                await barrier.PutAsync(PathOf(request.Mount, name), RoleOf(request, name), cancellationToken);
                return null;
            case (VaultOperation.Read, _) when name.Length > 0:
                return barrier.Get<KubernetesRole>(PathOf(request.Mount, name)) is { } role ? VaultResponse.Of(role.Describe()) : null;
            case (VaultOperation.Delete, _) when name.Length > 0:
                await barrier.DeleteAsync(PathOf(request.Mount, name), cancellationToken);
                return null;
            default:
                throw EngineRequest.UnsupportedPath;
        }
    }

    public bool? Exists(EngineRequest request) =>
        request.Path.StartsWith("role/", StringComparison.Ordinal) ? barrier.Has(request.Storage + request.Path) : null;

    public void RequireRenewable(MountEntry mount, TokenEntry token)
    {
        if (token.Role is { } role && !barrier.Has(PathOf(mount, role)))
        {
            throw new VaultFault(500, $"failed to validate role {role} during renewal: role does not exist");
        }
    }

    private async Task<VaultResponse> LoginAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var roleName = Required(request.Data, "role");
        var token = Required(request.Data, "jwt");
        var role = barrier.Get<KubernetesRole>(PathOf(request.Mount, roleName)) ?? throw new VaultFault(400, $"invalid role name \"{roleName}\"");
        var configuration = barrier.Get<KubernetesConfiguration>(request.Storage + "config") ?? throw new VaultFault(500, "could not load backend configuration");
        var account = ServiceAccountToken.Read(token);
        RequireBound(role, account);
        var audiences = role.Audience.Length > 0 ? [role.Audience] : account.Audiences;
        var reviewed = await TokenReviewer.ReviewAsync(configuration, token, audiences, cancellationToken);
        if (reviewed is not { } identity || identity.Uid != account.Uid || identity.UserName != $"system:serviceaccount:{account.Namespace}:{account.Name}")
        {
            throw VaultFault.Denied;
        }

        var policies = role.TokenNoDefaultPolicy ? role.TokenPolicies : role.TokenPolicies.Append("default");
        var (clientToken, entry) = await tokens.CreateAsync(
            new TokenRequest
            {
                Policies = [.. policies.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                Path = request.Mount.Path + "login",
                DisplayName = $"{request.Mount.Path["auth/".Length..].TrimEnd('/')}-{account.Namespace}-{account.Name}",
                Meta = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["role"] = roleName,
                    ["service_account_name"] = account.Name,
                    ["service_account_namespace"] = account.Namespace,
                    ["service_account_secret_name"] = account.SecretName,
                    ["service_account_uid"] = account.Uid,
                },
                Ttl = role.TokenTtl > 0 ? role.TokenTtl : request.Mount.DefaultLeaseTtl,
                MaxTtl = role.TokenMaxTtl > 0 ? role.TokenMaxTtl : request.Mount.MaxLeaseTtl,
                ExplicitMaxTtl = role.TokenExplicitMaxTtl,
                Period = role.TokenPeriod,
                NumUses = role.TokenNumUses,
                EntityId = await barrier.EntityOfAsync(request.Mount, account.Uid, cancellationToken),
                Role = roleName,
            },
            cancellationToken);
        return new VaultResponse { Auth = tokens.Auth(clientToken, entry) };
    }

    private static void RequireBound(KubernetesRole role, ServiceAccountToken account)
    {
        if (role.Audience.Length > 0 && !account.Audiences.Contains(role.Audience))
        {
            throw new VaultFault(403, "invalid audience (aud) claim: audience claim does not match any expected audience");
        }

        if (!role.BoundServiceAccountNames.Any(name => Globs(name, account.Name)))
        {
            throw new VaultFault(403, "service account name not authorized");
        }

        if (!role.BoundServiceAccountNamespaces.Any(name => Globs(name, account.Namespace)))
        {
            throw new VaultFault(403, "namespace not authorized");
        }
    }

    private static KubernetesConfiguration ConfigurationOf(JsonObject data)
    {
        var host = VaultJson.Text(data, "kubernetes_host");
        return string.IsNullOrEmpty(host)
            ? throw new VaultFault(400, "no host provided")
            : new KubernetesConfiguration
            {
                KubernetesHost = host,
                KubernetesCaCert = VaultJson.Text(data, "kubernetes_ca_cert") ?? string.Empty,
                TokenReviewerJwt = VaultJson.Text(data, "token_reviewer_jwt") ?? string.Empty,
                Issuer = VaultJson.Text(data, "issuer") ?? string.Empty,
                DisableIssValidation = VaultJson.Flag(data, "disable_iss_validation") ?? true,
            };
    }

    private KubernetesRole RoleOf(EngineRequest request, string name)
    {
        var data = request.Data;
        var old = barrier.Get<KubernetesRole>(PathOf(request.Mount, name));
        var names = VaultJson.List(data, "bound_service_account_names") ?? old?.BoundServiceAccountNames ?? [];
        var namespaces = VaultJson.List(data, "bound_service_account_namespaces") ?? old?.BoundServiceAccountNamespaces ?? [];
        if (names.Count == 0)
        {
            throw new VaultFault(400, "\"bound_service_account_names\" can not be empty");
        }

        if (namespaces.Count == 0)
        {
            throw new VaultFault(400, "\"bound_service_account_namespaces\" can not be empty");
        }

        return new KubernetesRole
        {
            BoundServiceAccountNames = names,
            BoundServiceAccountNamespaces = namespaces,
            Audience = VaultJson.Text(data, "audience") ?? old?.Audience ?? string.Empty,
            TokenPolicies = VaultJson.List(data, "token_policies") ?? VaultJson.List(data, "policies") ?? old?.TokenPolicies ?? [],
            TokenTtl = VaultJson.Seconds(data, "token_ttl") ?? VaultJson.Seconds(data, "ttl") ?? old?.TokenTtl ?? 0,
            TokenMaxTtl = VaultJson.Seconds(data, "token_max_ttl") ?? VaultJson.Seconds(data, "max_ttl") ?? old?.TokenMaxTtl ?? 0,
            TokenPeriod = VaultJson.Seconds(data, "token_period") ?? VaultJson.Seconds(data, "period") ?? old?.TokenPeriod ?? 0,
            TokenExplicitMaxTtl = VaultJson.Seconds(data, "token_explicit_max_ttl") ?? old?.TokenExplicitMaxTtl ?? 0,
            TokenNumUses = (int)(VaultJson.Number(data, "token_num_uses") ?? old?.TokenNumUses ?? 0),
            TokenNoDefaultPolicy = VaultJson.Flag(data, "token_no_default_policy") ?? old?.TokenNoDefaultPolicy ?? false,
        };
    }

    private static bool Globs(string pattern, string name) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == name;

    private static string Required(JsonObject data, string name) =>
        VaultJson.Text(data, name) is { Length: > 0 } value ? value : throw new VaultFault(400, $"missing {name}");

    private static string PathOf(MountEntry mount, string name) => $"{mount.Storage}role/{name}";
}
