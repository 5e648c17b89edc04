using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Planning;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Devices;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>Chooses the replica to bring one volume back from, by the evidence of all nodes.</summary>
internal sealed class ReplicaSelection(CapturedVolume volume, SurveyFindings findings, NodeWork work)
{
    /// <summary>The replica that the operator named; null to go by the evidence.</summary>
    public NamedReplica? Named { get; init; }

    /// <summary>Chooses among all directories of the volume's name but those that are in use now or were rejected before.</summary>
    /// <returns><c>{volume, replica, node, chain[], newestWrite, reason}</c>.</returns>
    /// <exception cref="BlackstartException">
    /// <c>BS4603</c>: none can be used, nobody can say which is right, or a node that may have a newer one was not looked at; <c>BS4630</c>: the one that
    /// was named is not among them, or cannot be used.
    /// </exception>
    public async Task<JsonObject> ChooseAsync(IEnumerable<(string Node, string Directory)> inUse, IReadOnlyList<string> rejected, StepContext context, CancellationToken cancellationToken)
    {
        var current = inUse.Select(d => $"{d.Node}:{d.Directory}").ToHashSet(StringComparer.Ordinal);
        var all = findings.Of(volume.Name).Where(e => !current.Contains($"{e.Node}:{NameOf(e)}") && !rejected.Contains(e.Place, StringComparer.Ordinal)).ToList();
        if (Named is not null)
        {
            return Chosen(FindNamed(all), $"the operator named it{NotSeen}");
        }

        RefuseBlindness(all);
        var digests = new Dictionary<string, Task<string?>>(StringComparer.Ordinal);
        var choice = await ReplicaChooser.ChooseAsync(OfLastCapture(all), new ChoosingOptions { ExpectedSize = volume.IsEncrypted ? null : volume.Size }, CompareAsync, cancellationToken);
        var chosen = choice.Best ?? throw Undecided(choice, all);
        RefuseHalf(chosen.Evidence, all);
        return Chosen(chosen.Evidence, choice.Reason + NotSeen);

        async Task<ContentComparison> CompareAsync(ReplicaEvidence one, ReplicaEvidence other, CancellationToken stop)
        {
            var both = await Task.WhenAll(DigestAsync(one), DigestAsync(other));
            return both is [{ } first, { } second]
                ? first == second ? ContentComparison.Equal : ContentComparison.Different()
                : ContentComparison.NotDone;

            // Several may be held against the same one, which is read once.
            Task<string?> DigestAsync(ReplicaEvidence replica) => digests.TryGetValue(replica.Place, out var known)
                ? known
                : digests[replica.Place] = work.DigestAsync(replica.Node!, replica.Judgement.Path, context.Clearances, context.Progress, stop);
        }
    }

    /// <summary>
    /// Whether a volume that is detached holds what was captured, by what was seen of its current replicas on the nodes. Where the content names
    /// itself nowhere or was never captured, it must be the very object that was, or one that a recovery verified. What a recovery left unfinished
    /// only looks whole.
    /// </summary>
    public async Task<bool> IsWholeAsync(VolumeState state, CancellationToken cancellationToken) =>
        !state.IsUnfinished
        && await CurrentAsync(state.Directories, cancellationToken) is { } current
        && (volume.Content is { } content and not DeviceContent.Raw
            ? DeviceContent.WordOf(current.Content!) == content
            : state.VerifiedDirectories.Contains(NameOf(current), StringComparer.Ordinal) || (volume.Uid is null ? IsCaptured(current) : volume.Uid == state.Uid));

    /// <summary>The best of a volume's current replicas; null when none can be read or it holds nothing.</summary>
    private async Task<ReplicaEvidence?> CurrentAsync(IEnumerable<(string Node, string Directory)> current, CancellationToken cancellationToken)
    {
        var names = current.Select(d => $"{d.Node}:{d.Directory}").ToHashSet(StringComparer.Ordinal);
        var choice = await ReplicaChooser.ChooseAsync([.. findings.Of(volume.Name).Where(e => names.Contains($"{e.Node}:{NameOf(e)}"))], new ChoosingOptions { CompareContents = false }, null, cancellationToken);
        return choice.Best is { Content: { } content } best && !DeviceContent.IsFresh(content) ? best.Evidence : null;
    }

    private JsonObject Chosen(ReplicaEvidence replica, string reason) => new()
    {
        ["volume"] = volume.Name,
        ["replica"] = replica.Judgement.Path,
        ["node"] = replica.Node,
        ["chain"] = new JsonArray([.. replica.Judgement.Chain.Select(l => (JsonNode)l.Name)]),
        ["newestWrite"] = replica.Judgement.NewestWrite?.ToString("O", CultureInfo.InvariantCulture),
        ["reason"] = reason,
    };

    private ReplicaEvidence FindNamed(List<ReplicaEvidence> all)
    {
        var named = all.Find(e => e.Node == Named!.Node && (e.Judgement.Path == Named.Directory || NameOf(e) == Named.Directory));
        return named is { Judgement.Refusal: null } ? named : throw new BlackstartException(
            "BS4630",
            ExitCode.Negative,
            $"bringing volume {volume.Name} back from {Named}, as it was asked",
            named?.Judgement.Refusal is { } refusal ? $"it cannot be used: {refusal.Code} {refusal.Reason.TrimEnd('.')}" : $"there is no such replica of it that is free to be used{NotSeen}",
            $"{Listed(all)}; nothing was changed");
    }

    /// <summary>What an operator can name.</summary>
    private string Listed(List<ReplicaEvidence> all) => all.FindAll(e => e.Judgement.Refusal is null) is { Count: > 0 } usable
        ? $"Name the right one: `blackstart recover {string.Join("`, or `blackstart recover ", usable.Select(e => $"--replica {volume.Name}={e.Place}"))}`"
        : "None of them can be named either: keep them as they are, and look at what is left with `blackstart longhorn inspect`";

    private string NotSeen => findings.Missing.Count == 0 ? "" : $"; not looked at: {string.Join(", ", findings.Missing.Select(m => m.Node))}";

    /// <summary>
    /// The directories that were the volume's replicas when it was captured, if none of the others was written later; else all of
    /// them. A volume that was brought back before leaves older orphans behind, which hold data too and tell nothing of their age.
    /// </summary>
    private List<ReplicaEvidence> OfLastCapture(List<ReplicaEvidence> all)
    {
        var usable = all.FindAll(e => e.Judgement.Refusal is null);
        var captured = usable.FindAll(IsCaptured);
        var others = usable.Except(captured);
        return captured.Count > 0 && captured.Max(e => e.Judgement.NewestWrite) is { } newest && others.All(e => e.Judgement.NewestWrite <= newest)
            ? captured
            : all;
    }

    /// <summary>
    /// A node that could not be looked at may have the newest replica, unless all that were captured lie on the others and can be used. And where
    /// none of those that were captured is found at all, a disk is missing, and what is left may be old.
    /// </summary>
    private void RefuseBlindness(List<ReplicaEvidence> all)
    {
        var usable = all.Where(e => e.Judgement.Refusal is null && IsCaptured(e)).Select(NameOf).ToHashSet(StringComparer.Ordinal);
        if (findings.Missing.Count == 0 && volume.Replicas.Count > 0 && all.Count > 0 && !findings.Of(volume.Name).Any(IsCaptured))
        {
            throw new BlackstartException(
                "BS4603",
                ExitCode.Negative,
                $"choosing the replica to bring volume {volume.Name} back from",
                $"{string.Join(", ", volume.Replicas)} held its data when it was captured, and none of them was found; what was found may be older",
                $"Is a disk not mounted, or a node not in blackstart.yaml? If that data is lost: {Listed(all)}");
        }

        if (findings.Missing.Count > 0 && (volume.Replicas.Count == 0 || !volume.Replicas.All(usable.Contains)))
        {
            throw new BlackstartException(
                "BS4603",
                ExitCode.Negative,
                $"choosing the replica to bring volume {volume.Name} back from",
                $"not every node could be looked at, and a newer replica may lie there{string.Concat(findings.Missing.Select(m => $"; {m.Node}: {m.Failure}"))}",
                $"Bring the node up and resume. If it is lost for good: {Listed(all)}");
        }
    }

    /// <summary>
    /// A recovery that was cut off and forgotten leaves a directory behind that was written last and has the right file system's UUID, yet only
    /// half of its data. It was no replica when the volume was captured, and one that was holds more.
    /// </summary>
    private void RefuseHalf(ReplicaEvidence best, List<ReplicaEvidence> all)
    {
        var fuller = IsCaptured(best) ? null : all.Find(e => e.Judgement.Refusal is null && IsCaptured(e) && e.DataBytes > best.DataBytes * 5 / 4);
        if (fuller is not null)
        {
            throw new BlackstartException(
                "BS4603",
                ExitCode.Negative,
                $"choosing the replica to bring volume {volume.Name} back from",
                string.Create(CultureInfo.InvariantCulture, $"{best.Place} was written last, but was no replica when the volume was captured and holds {best.DataBytes} bytes of data, where {fuller.Place} holds {fuller.DataBytes}: it may be what a recovery left half written"),
                $"Look at both with `blackstart longhorn inspect`. {Listed(all)}; nothing was changed");
        }
    }

    private BlackstartException Undecided(ReplicaChoice choice, List<ReplicaEvidence> all) => new(
        "BS4603",
        ExitCode.Negative,
        $"choosing the replica to bring volume {volume.Name} back from, among {choice.Replicas.Count} directories",
        choice.Reason + string.Concat(choice.Replicas.Select(r => $"; {r.Evidence.Place}: {r.Reason}")),
        $"Look at them with `blackstart longhorn scan`, and `blackstart longhorn serve DIR` on their nodes. {Listed(all)}; nothing was changed");

    private bool IsCaptured(ReplicaEvidence replica) => volume.Replicas.Contains(NameOf(replica), StringComparer.Ordinal);

    private static string NameOf(ReplicaEvidence replica) => Path.GetFileName(replica.Judgement.Path);
}
