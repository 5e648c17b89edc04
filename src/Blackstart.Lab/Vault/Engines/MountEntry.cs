namespace Blackstart.Lab.Vault.Engines;

/// <summary>A path at which an engine or an authentication method answers.</summary>
internal sealed record MountEntry
{
    /// <summary>With a slash at the end; an authentication mount's begins with <c>auth/</c>.</summary>
    public required string Path { get; init; }

    public required string Type { get; init; }

    /// <summary>Its entries are stored under it, so they move with the mount and never show in another.</summary>
    public required string Uuid { get; init; }

    public required string Accessor { get; init; }

    public string Description { get; init; } = string.Empty;

    /// <summary>Seconds; 0 means the system's own.</summary>
    public long DefaultLeaseTtl { get; init; }

    /// <summary>Seconds; 0 means the system's own.</summary>
    public long MaxLeaseTtl { get; init; }

    public bool Local { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    public bool IsAuth => Path.StartsWith("auth/", StringComparison.Ordinal);

    /// <summary>Where the engine's entries begin.</summary>
    public string Storage => $"logical/{Uuid}/";
}
