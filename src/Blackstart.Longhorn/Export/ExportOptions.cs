using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Export;

/// <summary>What is exported, and how.</summary>
public sealed record ExportOptions
{
    /// <summary>How the replica is judged.</summary>
    public JudgingOptions Judging { get; init; } = new();

    /// <summary>How it is written.</summary>
    public CopyOptions Copying { get; init; } = new();

    /// <summary>The snapshot as of which the volume is written; null for the volume as its last writer saw it.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Whether what was written is read back and compared.</summary>
    public bool Verify { get; init; }

    /// <summary>The acknowledgement that a device may be written over: today's date (UTC); null for none.</summary>
    public DateOnly? Overwrite { get; init; }

    /// <summary>The clock that knows today's date.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
