using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Choosing;

/// <summary>
/// Everything that choosing among the replicas of a volume goes by, of one of them. Holds no open file, so that replicas of different
/// nodes can be compared in one place: it is made where the replica lies, and travels as the JSON of a scan.
/// </summary>
/// <param name="Judgement">What was found out about the directory.</param>
/// <param name="Content">What its volume holds; null if it cannot be read.</param>
/// <param name="Fingerprint">Digests of a sample of the volume's blocks; null if none was taken.</param>
/// <param name="DataBytes">Bytes of the merged volume that a layer supplies; null if they were not counted.</param>
public sealed record ReplicaEvidence(ReplicaJudgement Judgement, VolumeContent? Content, Fingerprint? Fingerprint, long? DataBytes)
{
    /// <summary>The node that the directory lies on; null if there is only this machine. A path alone does not tell two nodes' directories apart.</summary>
    public string? Node { get; init; }

    /// <summary>The directory for people: its path, behind the node's name if there is one.</summary>
    public string Place => Node is null ? Judgement.Path : $"{Node}:{Judgement.Path}";

    /// <summary>Takes the evidence. What cannot be read is a refusal in the judgement, not thrown.</summary>
    /// <param name="replica">The replica, judged and open.</param>
    /// <param name="withFingerprint">Whether blocks are sampled and the data is counted, which asks for the allocation of every layer.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static ReplicaEvidence Of(ReplicaDirectory replica, bool withFingerprint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(replica);
        if (!replica.IsRecoverable)
        {
            return new ReplicaEvidence(replica.Judgement, null, null, null);
        }

        try
        {
            var content = VolumeContent.Identify(replica, cancellationToken);
            return withFingerprint
                ? new ReplicaEvidence(replica.Judgement, content, Fingerprint.Of(replica.Volume, cancellationToken), replica.Volume.CountData(cancellationToken))
                : new ReplicaEvidence(replica.Judgement, content, null, null);
        }
        catch (SalvageException failure)
        {
            return Failed(replica.Judgement, failure);
        }
    }

    internal static ReplicaEvidence Failed(ReplicaJudgement judgement, SalvageException failure) =>
        new(judgement with { Findings = [new Finding(FindingKind.Refusal, failure.Code, failure.Reason), .. judgement.Findings] }, null, null, null);
}
