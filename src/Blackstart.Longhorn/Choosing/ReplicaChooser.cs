using System.Globalization;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Choosing;

/// <summary>
/// Chooses among the replicas of one volume: those that can be read, grouped by incarnation of the volume; within one the highest revision
/// counter if all have one, else the engine's own salvage rule (newest head, those within five seconds of it, the one with most
/// allocated). Across incarnations nothing is comparable: unless all but one hold nothing, a person has to choose. One that is read only
/// because a person accepted what is wrong with it, or that lost its <c>volume.meta</c>, never stands before one that is sound.
/// </summary>
public sealed class ReplicaChooser
{
    private static readonly TimeSpan SalvageWindow = TimeSpan.FromSeconds(5);
    private readonly ChoosingOptions _options;
    private readonly CompareContents? _compare;
    private readonly Func<ReplicaEvidence, Fingerprint?> _fingerprintOf;
    private readonly CancellationToken _cancellationToken;
    private readonly List<Candidate> _candidates = [];

    private ReplicaChooser(ChoosingOptions options, CompareContents? compare, Func<ReplicaEvidence, Fingerprint?> fingerprintOf, CancellationToken cancellationToken)
    {
        _options = options;
        _compare = compare;
        _fingerprintOf = fingerprintOf;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Chooses among replicas that are at hand.</summary>
    /// <param name="replicas">The replicas of one volume, judged and still open.</param>
    /// <param name="options">How to compare; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>The choice; a replica that cannot be read while it is looked at counts as damaged.</returns>
    public static ReplicaChoice Choose(IReadOnlyList<ReplicaDirectory> replicas, ChoosingOptions? options = null, CancellationToken cancellationToken = default) =>
        Choose(replicas, options, withFingerprints: false, cancellationToken);

    /// <summary>Chooses by evidence alone.</summary>
    /// <param name="replicas">The evidence of the replicas of one volume, with fingerprints.</param>
    /// <param name="options">How to compare; null for the defaults.</param>
    /// <param name="compare">Compares contents where <see cref="ChoosingOptions.CompareContents"/> asks for it; null if that is not possible.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    public static Task<ReplicaChoice> ChooseAsync(IReadOnlyList<ReplicaEvidence> replicas, ChoosingOptions? options, CompareContents? compare, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        var chooser = new ReplicaChooser(options ?? new ChoosingOptions(), compare, evidence => evidence.Fingerprint, cancellationToken);
        return chooser.ChooseAsync(replicas);
    }

    internal static ReplicaChoice Choose(IReadOnlyList<ReplicaDirectory> replicas, ChoosingOptions? options, bool withFingerprints, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        var opened = new Dictionary<ReplicaEvidence, ReplicaDirectory>(ReferenceEqualityComparer.Instance);
        var evidence = new List<ReplicaEvidence>(replicas.Count);
        foreach (var replica in replicas)
        {
            var found = ReplicaEvidence.Of(replica, withFingerprints, cancellationToken);
            evidence.Add(found);
            opened.Add(found, replica);
        }

        var chooser = new ReplicaChooser(options ?? new ChoosingOptions(), Compare, Sample, cancellationToken);
        var choosing = chooser.ChooseAsync(evidence);

        // Nothing in it is waited for: the comparison reads in place.
        return choosing.GetAwaiter().GetResult();

        Fingerprint? Sample(ReplicaEvidence one) => one.Fingerprint ?? Fingerprint.Of(opened[one].Volume, cancellationToken);

        Task<ContentComparison> Compare(ReplicaEvidence one, ReplicaEvidence other, CancellationToken stop) => Task.FromResult(
            VolumeComparison.FirstDifference(opened[one].Volume, opened[other].Volume, stop) is { } offset
                ? ContentComparison.Different(offset)
                : ContentComparison.Equal);
    }

    private async Task<ReplicaChoice> ChooseAsync(IReadOnlyList<ReplicaEvidence> replicas)
    {
        foreach (var replica in replicas)
        {
            _candidates.Add(Look(replica));
        }

        List<List<Candidate>> groups;
        List<Candidate> left;
        do
        {
            left = _candidates.FindAll(candidate => candidate.Standing == ReplicaStanding.Usable);
            if (left.Count == 0)
            {
                return Ending(null, SalvageCode.NothingToChoose, "none of the replicas can be recovered");
            }

            groups = IncarnationGroups.Of(left, FingerprintsOf());
        }
        while (left.Exists(candidate => candidate.Standing != ReplicaStanding.Usable));

        groups = DropFresh(groups);
        if (HiddenBehind(groups) is { } hidden)
        {
            return Ending(
                null,
                SalvageCode.ChoiceAmbiguous,
                $"what can be recovered holds nothing but {(groups[0][0].Content!.Kind == ContentKind.Blank ? "zeros" : "a file system that was just made")}, as after a volume was recreated; the data may be in {hidden.Place}, which cannot be read as it is");
        }

        if (groups.Count > 1)
        {
            return Ending(
                null,
                SalvageCode.ChoiceAmbiguous,
                $"the replicas are not of one volume but of {groups.Count} that had the same name one after the other, and each holds data");
        }

        return await ChooseWithinAsync(groups[0]);
    }

    /// <summary>Samples each replica once at most; one that cannot be read is damaged.</summary>
    private Func<Candidate, Fingerprint?> FingerprintsOf()
    {
        var taken = new Dictionary<Candidate, Fingerprint?>();
        return candidate =>
        {
            if (taken.TryGetValue(candidate, out var fingerprint))
            {
                return fingerprint;
            }

            try
            {
                fingerprint = _fingerprintOf(candidate.Evidence);
            }
            catch (SalvageException failure)
            {
                candidate.Fail(failure);
            }

            taken[candidate] = fingerprint;
            return fingerprint;
        };
    }

    /// <summary>A recreated volume is often formatted at once: such a file system is as good as empty beside one with data.</summary>
    private static List<List<Candidate>> DropFresh(List<List<Candidate>> groups)
    {
        var filled = groups.FindAll(group => !group.TrueForAll(IsFresh));
        if (filled.Count == 0)
        {
            return groups;
        }

        foreach (var candidate in groups.Except(filled).SelectMany(group => group))
        {
            candidate.Rank(ReplicaStanding.Empty, candidate.Content!.Kind == ContentKind.Blank ? "it holds nothing but zeros" : "it holds a file system that was just made, with no file in it");
        }

        return filled;
    }

    /// <summary>A replica that is refused and holds more than all that can be recovered, which is fresh: the data may be in it.</summary>
    private Candidate? HiddenBehind(List<List<Candidate>> groups)
    {
        var left = groups.SelectMany(group => group).ToList();
        return left.TrueForAll(IsFresh)
            ? _candidates.Find(candidate => candidate.Standing is ReplicaStanding.Incomplete or ReplicaStanding.Damaged or ReplicaStanding.InUse
                && candidate.Evidence.Judgement.Allocated > left.Max(fresh => fresh.Evidence.Judgement.Allocated))
            : null;
    }

    private static bool IsFresh(Candidate candidate) => candidate.Content is { IsFreshlyFormatted: true } or { Kind: ContentKind.Blank };

    private async Task<ReplicaChoice> ChooseWithinAsync(List<Candidate> group)
    {
        var size = _options.ExpectedSize ?? group.Max(candidate => candidate.Size);
        foreach (var candidate in group.Where(candidate => candidate.Size != size))
        {
            candidate.Rank(ReplicaStanding.Stale, Said($"its size is {candidate.Size} bytes, the volume's {size}"));
        }

        var left = group.FindAll(candidate => candidate.Size == size);
        if (left.Count == 0)
        {
            return Ending(null, SalvageCode.NothingToChoose, Said($"no replica has the volume's size of {size} bytes"));
        }

        if (left.Count == 1)
        {
            return Ending(left[0], null, group.Count == 1 ? "it is the only one that can be recovered" : "it is the only one of the volume's size");
        }

        if (left.FindAll(candidate => !candidate.IsDoubtful) is { Count: > 0 } sound && sound.Count < left.Count)
        {
            foreach (var candidate in left.Except(sound))
            {
                candidate.Rank(ReplicaStanding.Usable, $"it can be read, but: {candidate.Doubt}");
            }

            left = sound;
        }

        if (left.Count == 1)
        {
            return Ending(left[0], null, "it is the only one with nothing wrong");
        }

        try
        {
            return left.TrueForAll(candidate => candidate.Counter is not null) ? await ByCounterAsync(left) : await BySalvageRuleAsync(left);
        }
        catch (SalvageException failure)
        {
            return Ending(null, SalvageCode.ChoiceAmbiguous, $"several stand equal, and what they hold cannot be compared: {failure.Reason}");
        }
    }

    private async Task<ReplicaChoice> ByCounterAsync(List<Candidate> group)
    {
        var highest = group.Max(candidate => candidate.Counter!.Value);
        foreach (var candidate in group.Where(candidate => candidate.Counter < highest))
        {
            candidate.Rank(ReplicaStanding.Stale, Said($"its revision counter is {candidate.Counter}, the highest is {highest}"));
        }

        var left = group.FindAll(candidate => candidate.Counter == highest);
        return left.Count == 1
            ? Ending(left[0], null, Said($"it has the highest revision counter ({highest})"))
            : await AmongEqualsAsync(left, Said($"the revision counter ({highest})"));
    }

    private async Task<ReplicaChoice> BySalvageRuleAsync(List<Candidate> group)
    {
        var newest = group.Max(candidate => candidate.NewestWrite);
        var near = group.FindAll(candidate => newest - candidate.NewestWrite <= SalvageWindow);
        var most = near.Max(candidate => candidate.HeadAllocated);
        near = near.FindAll(candidate => candidate.HeadAllocated == most);
        newest = near.Max(candidate => candidate.NewestWrite);
        near = near.FindAll(candidate => candidate.NewestWrite == newest);
        var first = near[0];
        var contradicting = group.Find(candidate => candidate.Counter > first.Counter);
        if (contradicting is not null)
        {
            return Ending(
                null,
                SalvageCode.ChoiceAmbiguous,
                Said($"the newest head is in {first.Place}, but {contradicting.Place} has the higher revision counter ({contradicting.Counter} and {first.Counter}), and not all replicas have one"));
        }

        if (near.Count > 1)
        {
            return await AmongEqualsAsync(near, "the time and the allocation of the head");
        }

        foreach (var candidate in group.Where(candidate => candidate != first))
        {
            var isOld = first.NewestWrite - candidate.NewestWrite > SalvageWindow;
            candidate.Rank(
                isOld ? ReplicaStanding.Stale : ReplicaStanding.Usable,
                Said($"its head was last written {candidate.NewestWrite:u} and has {candidate.HeadAllocated} bytes allocated; the best one {first.NewestWrite:u} and {first.HeadAllocated}"));
        }

        return Ending(
            first,
            null,
            Said($"by the engine's salvage rule: its head was last written {first.NewestWrite:u}, and of those within {SalvageWindow.TotalSeconds} s it has most allocated ({first.HeadAllocated} bytes), then the newest write"));
    }

    private async Task<ReplicaChoice> AmongEqualsAsync(List<Candidate> equals, string what)
    {
        var first = equals[0];
        var areCompared = true;

        // All at once: each lies on a disk, and often a machine, of its own.
        var compared = await Task.WhenAll(equals.Skip(1).Select(other => _options.CompareContents && _compare is not null
            ? _compare(first.Evidence, other.Evidence, _cancellationToken)
            : Task.FromResult(ContentComparison.NotDone)));
        foreach (var (other, comparison) in equals.Skip(1).Zip(compared))
        {
            if (comparison is { IsDone: true, IsEqual: false })
            {
                return Ending(
                    null,
                    SalvageCode.ChoiceAmbiguous,
                    Said($"{first.Place} and {other.Place} are equal in {what}, yet their volumes differ{(comparison.Offset is { } offset ? Said($" from byte {offset} on") : string.Empty)}"));
            }

            areCompared &= comparison.IsDone;
            other.Rank(ReplicaStanding.Usable, comparison.IsDone ? "it holds the same bytes as the best one" : $"it equals the best one in {what}");
        }

        return Ending(
            first,
            null,
            areCompared ? $"{equals.Count} are equal in {what} and hold the same bytes; it is the first" : $"{equals.Count} are equal in {what}; it is the first, contents were not compared");
    }

    /// <summary>That one which cannot be read has later writes; a rebuild's target always has, and lacks the others.</summary>
    private string LaterThan(Candidate best) => string.Concat(_candidates
        .FindAll(candidate => candidate.Standing is ReplicaStanding.Damaged or ReplicaStanding.InUse && candidate.Evidence.Judgement.NewestWrite > best.NewestWrite + SalvageWindow)
        .Select(candidate => Said($"; {candidate.Place} was written later ({candidate.NewestWrite:u}) and {(candidate.Standing == ReplicaStanding.InUse ? "is in use" : "cannot be read")}")));

    private ReplicaChoice Ending(Candidate? best, string? code, string reason)
    {
        if (best is not null)
        {
            reason += LaterThan(best);
            best.Rank(ReplicaStanding.Best, reason);
        }

        var ranked = _candidates.ConvertAll(candidate => candidate.Ranked);
        return new ReplicaChoice(best?.Ranked, code, reason, ranked);
    }

    private static Candidate Look(ReplicaEvidence replica) => replica.Judgement.Refusal is { } refusal
        ? new Candidate(replica, StandingOf(refusal.Code), refusal.Reason)
        : new Candidate(replica, ReplicaStanding.Usable, "it can be recovered");

    private static ReplicaStanding StandingOf(string code) => code switch
    {
        SalvageCode.Empty => ReplicaStanding.Empty,
        SalvageCode.InUse => ReplicaStanding.InUse,
        SalvageCode.Rebuilding or SalvageCode.RestoreUnfinished => ReplicaStanding.Incomplete,
        SalvageCode.SecondDataEngine => ReplicaStanding.Unsupported,
        _ => ReplicaStanding.Damaged,
    };

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
