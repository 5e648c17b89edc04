namespace Blackstart.Lab.Vault.Engines;

/// <summary>A KV 2 secret with its versions.</summary>
internal sealed record SecretHistory
{
    public required DateTimeOffset CreatedTime { get; init; }

    public required DateTimeOffset UpdatedTime { get; init; }

    public long CurrentVersion { get; init; }

    public long OldestVersion { get; init; }

    /// <summary>0 means the mount's own.</summary>
    public long MaxVersions { get; init; }

    public bool CasRequired { get; init; }

    public IReadOnlyDictionary<string, string>? CustomMetadata { get; init; }

    public IReadOnlyList<SecretVersion> Versions { get; init; } = [];
}
