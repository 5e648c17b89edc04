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

    /// <summary>Whether it may lack writes or hold wrong ones, though it can be read.</summary>
    internal bool IsDoubtful => Doubt is not null;

    /// <summary>Why it may: a refusal that was accepted, or a lost <c>volume.meta</c>, which alone says that a rebuild was going on.</summary>
    internal string? Doubt => Evidence.Judgement.Warnings.FirstOrDefault(warning => warning.Code is
        SalvageCode.VolumeMetadataConcluded or SalvageCode.Rebuilding or SalvageCode.EngineError or SalvageCode.RestoreUnfinished
        or SalvageCode.SnapshotCorrupted or SalvageCode.HolesLost or SalvageCode.BackingImageCorrupted)?.Reason;

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
