namespace Blackstart.Longhorn.Export;

/// <summary>What is hashed while a volume is written out or read back.</summary>
public enum DigestMode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>SHA-256 of every byte of the volume, zeros included. Takes as long for a hole as for data.</summary>
    Sha256,

    /// <summary>
    /// SHA-256 of what is allocated, which takes no longer than the data is. Anyone can compute it again: take the ranges of the volume
    /// that some layer (or the backing image) has allocated, in whole blocks of 4096 bytes, cut at the volume's end, those that touch
    /// joined whatever layer they come from, in ascending order. For each, hash its offset and its length in bytes, both as 8 bytes little-endian,
    /// then its bytes. At the end hash the volume's size in bytes, as 8 bytes little-endian. It depends on allocation: a range of written
    /// zeros counts, a hole does not, so two replicas of equal content may differ in it.
    /// </summary>
    Extents,
}
