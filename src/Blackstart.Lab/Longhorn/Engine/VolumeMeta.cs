namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>The content of <c>volume.meta</c>, in its spelling and order (longhorn-engine, pkg/replica/replica.go, type Info).</summary>
/// <param name="Size">Volume size in bytes.</param>
/// <param name="Head">File name of the current head.</param>
/// <param name="Dirty">Set while the replica is open; still set after a crash.</param>
/// <param name="Rebuilding">The replica is being filled from another one.</param>
/// <param name="Error">Last fatal error; empty if none.</param>
/// <param name="Parent">Parent of the head; informative.</param>
/// <param name="SectorSize">512, whatever the layers' granularity is.</param>
/// <param name="BackingFilePath">Empty: the lab has no backing images.</param>
/// <param name="Encrypted">False: the lab encrypts no volumes.</param>
internal sealed record VolumeMeta(
    long Size,
    string Head,
    bool Dirty,
    bool Rebuilding,
    string Error,
    string Parent,
    long SectorSize,
    string BackingFilePath,
    bool Encrypted);
