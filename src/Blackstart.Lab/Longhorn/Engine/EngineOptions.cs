namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>How an engine starts.</summary>
internal sealed record EngineOptions
{
    /// <summary>Clock for the times in metadata, and of the choice in a salvage.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Keep a <c>revision.counter</c> in new replicas; off by default, as shipped.</summary>
    public bool CountRevisions { get; init; }

    /// <summary>All replicas had failed: go on with the one that looks newest, and no other.</summary>
    public bool Salvage { get; init; }

    /// <summary>Told whenever a replica's mode changed, on whatever thread noticed it.</summary>
    public Action? Changed { get; init; }
}
