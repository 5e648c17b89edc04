namespace Blackstart.Lab.Vault.Tokens;

/// <summary>A token as it is kept. The token itself is not: its entry is found by its hash.</summary>
internal sealed record TokenEntry
{
    /// <summary>SHA-256 of the token, in hex.</summary>
    public required string Hash { get; init; }

    public required string Accessor { get; init; }

    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>The path that made it.</summary>
    public required string Path { get; init; }

    public required string DisplayName { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    /// <summary>Seconds; 0 means that it never ends.</summary>
    public long CreationTtl { get; init; }

    public DateTimeOffset? ExpireTime { get; init; }

    public DateTimeOffset? LastRenewal { get; init; }

    /// <summary>Seconds from creation on that no renewal passes; 0 means none.</summary>
    public long ExplicitMaxTtl { get; init; }

    /// <summary>Seconds from creation on, from the role or mount it came from; 0 means the system's own.</summary>
    public long MaxTtl { get; init; }

    /// <summary>Seconds each renewal gives, without an end; 0 means that it is not periodic.</summary>
    public long Period { get; init; }

    /// <summary>Uses left; 0 means any number, −1 that the last one was spent.</summary>
    public int NumUses { get; init; }

    /// <summary>Hash of the token with which this one dies; null for an orphan.</summary>
    public string? Parent { get; init; }

    public bool Renewable { get; init; }

    public string EntityId { get; init; } = string.Empty;

    /// <summary>The role it was given for by an authentication mount.</summary>
    public string? Role { get; init; }

    public bool IsRoot => Policies.Contains("root");
}
