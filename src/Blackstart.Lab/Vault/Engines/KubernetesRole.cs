using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>Which service accounts may log in for a role, and what their tokens are.</summary>
internal sealed record KubernetesRole
{
    public required IReadOnlyList<string> BoundServiceAccountNames { get; init; }

    public required IReadOnlyList<string> BoundServiceAccountNamespaces { get; init; }

    public string Audience { get; init; } = string.Empty;

    public IReadOnlyList<string> TokenPolicies { get; init; } = [];

    /// <summary>Seconds; 0 means the system's own.</summary>
    public long TokenTtl { get; init; }

    public long TokenMaxTtl { get; init; }

    public long TokenPeriod { get; init; }

    public long TokenExplicitMaxTtl { get; init; }

    public int TokenNumUses { get; init; }

    public bool TokenNoDefaultPolicy { get; init; }

    public JsonObject Describe() => new()
    {
        ["alias_name_source"] = "serviceaccount_uid",
        ["audience"] = Audience,
        ["bound_service_account_names"] = VaultJson.Array(BoundServiceAccountNames),
        ["bound_service_account_namespaces"] = VaultJson.Array(BoundServiceAccountNamespaces),
        ["max_ttl"] = TokenMaxTtl,
        ["policies"] = VaultJson.Array(TokenPolicies),
        ["token_explicit_max_ttl"] = TokenExplicitMaxTtl,
        ["token_max_ttl"] = TokenMaxTtl,
        ["token_no_default_policy"] = TokenNoDefaultPolicy,
        ["token_num_uses"] = TokenNumUses,
        ["token_period"] = TokenPeriod,
        ["token_policies"] = VaultJson.Array(TokenPolicies),
        ["token_ttl"] = TokenTtl,
        ["token_type"] = "default",
        ["ttl"] = TokenTtl,
    };
}
