using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Replicas;

/// <summary>A volume as of one of its snapshots.</summary>
/// <param name="Chain">The layers from the snapshot down; closed with the replica directory.</param>
/// <param name="Volume">What they hold.</param>
/// <param name="Findings">Warnings and notes that concern this chain.</param>
public sealed record SnapshotView(ReplicaChain Chain, MergedVolume Volume, IReadOnlyList<Finding> Findings);
