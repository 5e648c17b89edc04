namespace Blackstart.Longhorn.Choosing;

/// <summary>Compares what two replicas hold that stand equal otherwise: byte for byte where both are at hand, by digests where they lie on different nodes.</summary>
/// <param name="one">The one.</param>
/// <param name="other">The other.</param>
/// <param name="cancellationToken">Stops the comparison.</param>
public delegate Task<ContentComparison> CompareContents(ReplicaEvidence one, ReplicaEvidence other, CancellationToken cancellationToken);
