using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Export;

/// <summary>What an export came to, as it is printed.</summary>
public sealed record ReplicaExportReport
{
    /// <summary><c>recoverable</c>, <c>recoverable-with-warning</c> or <c>refuse</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>Hash of the whole image, 64 hexadecimal digits; null if refused or not asked for.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Size of the image in bytes; null if refused.</summary>
    public long? Bytes { get; init; }

    /// <summary>Bytes that the image occupies on disk; null if refused.</summary>
    public long? Allocated { get; init; }

    /// <summary>File names of the layers, head first, as far as they could be followed.</summary>
    public IReadOnlyList<string> Chain { get; init; } = [];

    /// <summary>The backing image that was used; null if none.</summary>
    public string? BackingImage { get; init; }

    /// <summary>Code of the refusal; null if written.</summary>
    public string? Code { get; init; }

    /// <summary>Reason of the refusal, or the warnings, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>What to do about a refusal; null if written.</summary>
    public string? Remedy { get; init; }

    /// <summary>What else was found, warnings first.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Whether an image was written.</summary>
    public bool IsWritten => Code is null;
}
