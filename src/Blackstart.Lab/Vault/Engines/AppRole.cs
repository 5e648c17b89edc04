using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>A role for machines: an id to name it by, and secrets to prove it with.</summary>
internal sealed record AppRole
{
    public required string RoleId { get; init; }

    public bool BindSecretId { get; init; } = true;

    public IReadOnlyList<string> TokenPolicies { get; init; } = [];

    /// <summary>Seconds; 0 means the system's own.</summary>
    public long TokenTtl { get; init; }

    public long TokenMaxTtl { get; init; }

    public long Period { get; init; }

    /// <summary>Logins a secret is good for; 0 means any number.</summary>
    public long SecretIdNumUses { get; init; }

    /// <summary>Seconds a secret is good for; 0 means for ever.</summary>
    public long SecretIdTtl { get; init; }

    public JsonObject Describe() => new()
    {
        ["bind_secret_id"] = BindSecretId,
        ["period"] = Period,
        ["policies"] = VaultJson.Array(TokenPolicies),
        ["secret_id_num_uses"] = SecretIdNumUses,
        ["secret_id_ttl"] = SecretIdTtl,
        ["token_max_ttl"] = TokenMaxTtl,
        ["token_period"] = Period,
        ["token_policies"] = VaultJson.Array(TokenPolicies),
        ["token_ttl"] = TokenTtl,
    };
}
