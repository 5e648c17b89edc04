using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Choosing;

/// <summary>A replica while it is compared with the others.</summary>
internal sealed class Candidate(ReplicaJudgement judgement, ReplicaStanding standing, string reason)
{
    private string _reason = reason;

    internal MergedVolume? Volume { get; init; }

    internal VolumeContent? Content { get; init; }

    internal ReplicaStanding Standing { get; private set; } = standing;

    internal string Path => judgement.Path;

    internal long Size => judgement.Metadata!.Size;

    internal long? Counter => judgement.RevisionCounter;

    internal DateTimeOffset NewestWrite => judgement.NewestWrite!.Value;

    internal long HeadAllocated => judgement.Chain[0].Allocated;

    /// <summary>Snapshots of its chain, without those of expansions, whose names are the same in every incarnation.</summary>
    internal IEnumerable<string> Snapshots =>
        judgement.Chain.Skip(1).Select(layer => layer.Name).Where(name => !LayerName.SnapshotOf(name).StartsWith("expand-", StringComparison.Ordinal));

    internal RankedReplica Ranked => new(judgement, Standing, _reason, Content);

    internal void Rank(ReplicaStanding rank, string because)
    {
        Standing = rank;
        _reason = because;
    }
}
