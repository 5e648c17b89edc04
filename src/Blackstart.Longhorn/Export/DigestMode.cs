namespace Blackstart.Longhorn.Export;

/// <summary>What is hashed while a volume is written out.</summary>
public enum DigestMode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>SHA-256 of every byte of the volume, zeros included.</summary>
    Sha256,
}
