namespace Blackstart.Longhorn.Replicas;

/// <summary>What <c>volume.meta</c> says of a replica (engine: <c>pkg/replica/replica.go</c>, type Info).</summary>
/// <param name="Size">Volume size in bytes.</param>
/// <param name="Head">File name of the current head.</param>
/// <param name="Dirty">Set while the replica is open: true after every crash, and no sign of damage.</param>
/// <param name="Rebuilding">The replica was being filled from another one.</param>
/// <param name="Error">The last fatal error; empty if none.</param>
/// <param name="SectorSize">512; 0 if the file does not say.</param>
/// <param name="BackingFilePath">Path of the backing image inside the instance manager's pod; empty if none.</param>
/// <param name="Encrypted">The volume is encrypted (engines from v1.12.0 on; false in older files whatever the volume is).</param>
public sealed record ReplicaMetadata(
    long Size,
    string Head,
    bool Dirty,
    bool Rebuilding,
    string Error,
    long SectorSize,
    string BackingFilePath,
    bool Encrypted);
