namespace Blackstart.Lab.Cluster;

/// <summary>What a watch tells of an object.</summary>
internal enum WatchEventType
{
    /// <summary>It exists: found by the first list, or created since.</summary>
    Added,

    /// <summary>It changed.</summary>
    Modified,

    /// <summary>It is gone; the object is its last known state.</summary>
    Deleted,

    /// <summary>No object: everything that existed when the watch began has been told.</summary>
    Synced,
}
