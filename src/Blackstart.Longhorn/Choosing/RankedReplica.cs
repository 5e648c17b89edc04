using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Choosing;

/// <summary>A replica and how it stands among the others.</summary>
/// <param name="Evidence">What was found out about it alone.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Reason">Why.</param>
public sealed record RankedReplica(ReplicaEvidence Evidence, ReplicaStanding Standing, string Reason)
{
    /// <summary>The judgement of its directory.</summary>
    public ReplicaJudgement Judgement => Evidence.Judgement;

    /// <summary>What its volume holds; null if it cannot be read.</summary>
    public VolumeContent? Content => Evidence.Content;
}
