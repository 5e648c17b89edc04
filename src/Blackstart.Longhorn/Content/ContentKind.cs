namespace Blackstart.Longhorn.Content;

/// <summary>What a volume holds, as far as bytes at fixed offsets tell.</summary>
public enum ContentKind
{
    /// <summary>Something else: a database's own format, a file system that is not known here.</summary>
    Unknown,

    /// <summary>Nothing but zeros.</summary>
    Blank,

    /// <summary>ext2.</summary>
    Ext2,

    /// <summary>ext3.</summary>
    Ext3,

    /// <summary>ext4.</summary>
    Ext4,

    /// <summary>XFS.</summary>
    Xfs,

    /// <summary>An encrypted container.</summary>
    Luks,

    /// <summary>A partition table (GPT or MBR).</summary>
    Partitions,
}
