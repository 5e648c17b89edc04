using Blackstart.Longhorn.Choosing;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>What was seen on one disk of a node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Path">The disk that was looked at.</param>
/// <param name="Evidence">By volume, the evidence of each of its replica directories.</param>
/// <param name="Failure">Why nothing was seen; null when it was.</param>
internal sealed record DiskFindings(string Node, string Path, IReadOnlyDictionary<string, IReadOnlyList<ReplicaEvidence>> Evidence, string? Failure);
