using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Leases;

/// <summary>Something given out for a time that its engine takes back.</summary>
internal sealed record Lease
{
    /// <summary>The path it was read from, and a random end.</summary>
    public required string Id { get; init; }

    /// <summary>UUID of the mount that gave it.</summary>
    public required string Mount { get; init; }

    /// <summary>Hash of the token it was given to; it dies with it.</summary>
    public required string Token { get; init; }

    public required DateTimeOffset IssueTime { get; init; }

    public required DateTimeOffset ExpireTime { get; init; }

    public DateTimeOffset? LastRenewal { get; init; }

    /// <summary>Seconds a renewal gives when the caller asks for none.</summary>
    public required long Ttl { get; init; }

    /// <summary>Seconds from issue on that no renewal passes.</summary>
    public required long MaxTtl { get; init; }

    /// <summary>What the engine needs to take it back.</summary>
    public required JsonObject Secret { get; init; }

    /// <summary>
    /// It was announced, and what it stands for may or may not have been made. A crash in between leaves a lease that
    /// expires soon and is taken back like any other, rather than a credential nobody knows of.
    /// </summary>
    public bool Pending { get; init; }

    /// <summary>It is to be taken back, whatever its end says: a revocation that failed is tried again.</summary>
    public bool Revoked { get; init; }
}
