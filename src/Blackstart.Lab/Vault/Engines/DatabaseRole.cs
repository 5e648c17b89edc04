using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>What credentials a role gives.</summary>
internal sealed record DatabaseRole
{
    /// <summary>The connection's name.</summary>
    public required string DbName { get; init; }

    /// <summary>SQL, with <c>{{name}}</c>, <c>{{password}}</c> and <c>{{expiration}}</c> filled in.</summary>
    public IReadOnlyList<string> CreationStatements { get; init; } = [];

    public IReadOnlyList<string> RevocationStatements { get; init; } = [];

    public IReadOnlyList<string> RollbackStatements { get; init; } = [];

    public IReadOnlyList<string> RenewStatements { get; init; } = [];

    /// <summary>Seconds; 0 means the mount's.</summary>
    public long DefaultTtl { get; init; }

    /// <summary>Seconds; 0 means the mount's.</summary>
    public long MaxTtl { get; init; }

    public JsonObject Describe() => new()
    {
        ["creation_statements"] = VaultJson.Array(CreationStatements),
        ["credential_type"] = "password",
        ["db_name"] = DbName,
        ["default_ttl"] = DefaultTtl,
        ["max_ttl"] = MaxTtl,
        ["renew_statements"] = OrNull(RenewStatements),
        ["revocation_statements"] = OrNull(RevocationStatements),
        ["rollback_statements"] = OrNull(RollbackStatements),
    };

    private static JsonArray? OrNull(IReadOnlyList<string> statements) => statements.Count == 0 ? null : VaultJson.Array(statements);
}
