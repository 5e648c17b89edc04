namespace Blackstart.Longhorn.Replicas;

/// <summary>Which recorded checksums of snapshots and backing images are compared; comparing reads the whole file.</summary>
public enum ChecksumPolicy
{
    /// <summary>None. A record that itself says that the snapshot is corrupt counts all the same.</summary>
    Never,

    /// <summary>Those that are still valid: the file's inode has not changed since it was hashed. Backing images always.</summary>
    WhenValid,

    /// <summary>All; a mismatch of a record that may be out of date is a warning.</summary>
    Always,
}
