using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Choosing;

/// <summary>A replica while it is compared with the others.</summary>
internal sealed class Candidate(ReplicaEvidence evidence, ReplicaStanding standing, string reason)
{
    private string _reason = reason;

    internal ReplicaEvidence Evidence { get; private set; } = evidence;

    internal VolumeContent? Content => Evidence.Content;

    internal ReplicaStanding Standing { get; private set; } = standing;

    internal string Place => Evidence.Place;

    internal long Size => Evidence.Judgement.Metadata!.Size;

    internal long? Counter => Evidence.Judgement.RevisionCounter;

    internal DateTimeOffset NewestWrite => Evidence.Judgement.NewestWrite!.Value;

    internal long HeadAllocated => Evidence.Judgement.Chain[0].Allocated;

    /// <summary>Snapshots of its chain, without those of expansions, whose names are the same in every incarnation.</summary>
    internal IEnumerable<string> Snapshots =>
        Evidence.Judgement.Chain.Skip(1).Select(layer => layer.Name).Where(name => !LayerName.SnapshotOf(name).StartsWith("expand-", StringComparison.Ordinal));

    internal RankedReplica Ranked => new(Evidence, Standing, _reason);

    internal void Rank(ReplicaStanding rank, string because)
    {
        Standing = rank;
        _reason = because;
    }

    /// <summary>It cannot be read after all.</summary>
    internal void Fail(SalvageException failure)
    {
        Evidence = ReplicaEvidence.Failed(Evidence.Judgement, failure) with { Node = Evidence.Node };
        Rank(ReplicaStanding.Damaged, failure.Reason);
    }
}
