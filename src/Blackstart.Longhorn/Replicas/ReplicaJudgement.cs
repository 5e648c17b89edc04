namespace Blackstart.Longhorn.Replicas;

/// <summary>What was found out about a replica directory. Holds no open file.</summary>
/// <param name="Path">The directory, absolute.</param>
/// <param name="Name">Its name's parts; null if it is not the name of a replica directory.</param>
/// <param name="Metadata">What <c>volume.meta</c> says, or what was concluded in its place; null if nothing is known.</param>
/// <param name="RevisionCounter">Number of writes the replica has seen; null if there is no counter, which is the default.</param>
/// <param name="Chain">The layers, head first, as far as the chain could be followed.</param>
/// <param name="Allocated">Bytes that the layers and branches of the directory occupy on disk.</param>
/// <param name="NewestWrite">When the head's content was last changed; null without a head.</param>
/// <param name="BackingImage">The backing image that was found; null if there is none.</param>
/// <param name="Findings">Everything found, refusals first.</param>
public sealed record ReplicaJudgement(
    string Path,
    ReplicaName? Name,
    ReplicaMetadata? Metadata,
    long? RevisionCounter,
    IReadOnlyList<LayerSummary> Chain,
    long Allocated,
    DateTimeOffset? NewestWrite,
    string? BackingImage,
    IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether the volume can be read from it.</summary>
    public ReplicaVerdict Verdict =>
        Findings.Any(finding => finding.Kind == FindingKind.Refusal) ? ReplicaVerdict.Refused
        : Findings.Any(finding => finding.Kind == FindingKind.Warning) ? ReplicaVerdict.RecoverableWithWarning
        : ReplicaVerdict.Recoverable;

    /// <summary>The first reason to refuse; null if the replica can be read.</summary>
    public Finding? Refusal => Findings.FirstOrDefault(finding => finding.Kind == FindingKind.Refusal);

    /// <summary>The warnings.</summary>
    public IEnumerable<Finding> Warnings => Findings.Where(finding => finding.Kind == FindingKind.Warning);
}
