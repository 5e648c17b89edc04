namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>What an engine does with a replica; shown in an Engine's <c>status.replicaModeMap</c> as RW, WO and ERR.</summary>
internal enum ReplicaMode
{
    /// <summary>RW: read from, and written to.</summary>
    ReadWrite,

    /// <summary>WO: being rebuilt; written to, not yet read from.</summary>
    WriteOnly,

    /// <summary>ERR: given up.</summary>
    Failed,
}
