namespace Blackstart.Longhorn.Choosing;

/// <summary>How a replica stands among the replicas of its volume.</summary>
public enum ReplicaStanding
{
    /// <summary>The one to recover from.</summary>
    Best,

    /// <summary>Can be read and may be the right one.</summary>
    Usable,

    /// <summary>Can be read and lacks writes that another one has.</summary>
    Stale,

    /// <summary>Was being filled when it stopped.</summary>
    Incomplete,

    /// <summary>Holds no data, or a file system that was just made.</summary>
    Empty,

    /// <summary>A process writes to it.</summary>
    InUse,

    /// <summary>Of the V2 data engine.</summary>
    Unsupported,

    /// <summary>Cannot be read.</summary>
    Damaged,
}
