using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Choosing;

/// <summary>A replica and how it stands among the others.</summary>
/// <param name="Judgement">What was found out about it alone.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Reason">Why.</param>
/// <param name="Content">What its volume holds; null if it cannot be read.</param>
public sealed record RankedReplica(ReplicaJudgement Judgement, ReplicaStanding Standing, string Reason, VolumeContent? Content);
