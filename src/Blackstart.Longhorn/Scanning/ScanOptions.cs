using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Scanning;

/// <summary>What a scan looks for and how closely.</summary>
public sealed record ScanOptions
{
    /// <summary>Only replicas of the volume of this name; null for all.</summary>
    public string? Volume { get; init; }

    /// <summary>Whether every replica's evidence has a fingerprint, for choosing elsewhere.</summary>
    public bool WithFingerprints { get; init; }

    /// <summary>How to judge; checksums are not compared unless asked for.</summary>
    public JudgingOptions Judging { get; init; } = new() { Checksums = ChecksumPolicy.Never };

    /// <summary>How to choose; contents are not compared unless asked for.</summary>
    public ChoosingOptions Choosing { get; init; } = new() { CompareContents = false };
}
