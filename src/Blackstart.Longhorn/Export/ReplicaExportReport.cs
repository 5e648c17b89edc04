using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Export;

/// <summary>What an export came to, as it is printed.</summary>
public sealed record ReplicaExportReport
{
    /// <summary><c>recoverable</c>, <c>recoverable-with-warning</c> or <c>refuse</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>Hash of the whole image, 64 hexadecimal digits; null if refused or not asked for.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Hash of what is allocated, as <see cref="DigestMode.Extents"/> defines it; null if refused or not asked for.</summary>
    public string? Extents { get; init; }

    /// <summary>Bytes of the volume that are data in some layer; null if refused.</summary>
    public long? Data { get; init; }

    /// <summary>The snapshot as of which it was written; null for the volume as its last writer saw it.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Whether it was read back and is what was written.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Up to which byte an unfinished image already held it; null if it was written from the start.</summary>
    public long? ResumedAt { get; init; }

    /// <summary>What the device held that was written over, in the word of a capture; null if nothing.</summary>
    public string? Overwritten { get; init; }

    /// <summary>The day for which the overwriting of the device was acknowledged; null if it was not.</summary>
    public DateOnly? OverwriteDate { get; init; }

    /// <summary>Size of the image in bytes; null if refused.</summary>
    public long? Bytes { get; init; }

    /// <summary>Bytes that the image occupies on disk, of a device the bytes of data; null if refused.</summary>
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
