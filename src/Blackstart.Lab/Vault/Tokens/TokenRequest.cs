namespace Blackstart.Lab.Vault.Tokens;

/// <summary>What a new token shall be.</summary>
internal sealed record TokenRequest
{
    public required IReadOnlyList<string> Policies { get; init; }

    public required string Path { get; init; }

    public required string DisplayName { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    /// <summary>Seconds; 0 takes the default.</summary>
    public long Ttl { get; init; }

    public long ExplicitMaxTtl { get; init; }

    public long MaxTtl { get; init; }

    public long Period { get; init; }

    public int NumUses { get; init; }

    public string? Parent { get; init; }

    public bool Renewable { get; init; } = true;

    public string EntityId { get; init; } = string.Empty;

    public string? Role { get; init; }
}
