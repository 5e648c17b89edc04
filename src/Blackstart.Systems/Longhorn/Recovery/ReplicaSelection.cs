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
    /// <summary>Chooses among all directories of the volume's name but those that are in use now or were rejected before.</summary>
    /// <returns><c>{volume, replica, node, chain[], newestWrite, reason}</c>.</returns>
    /// <exception cref="BlackstartException"><c>BS4603</c>: none can be used, nobody can say which is right, or a node that may have a newer one was not looked at.</exception>
    public async Task<JsonObject> ChooseAsync(IEnumerable<(string Node, string Directory)> inUse, IReadOnlyList<string> rejected, StepContext context, CancellationToken cancellationToken)
    {
        var current = inUse.Select(d => $"{d.Node}:{d.Directory}").ToHashSet(StringComparer.Ordinal);
        var all = findings.Of(volume.Name).Where(e => !current.Contains($"{e.Node}:{NameOf(e)}") && !rejected.Contains(e.Place, StringComparer.Ordinal)).ToList();
        RefuseBlindness(all);
        var digests = new Dictionary<string, Task<string?>>(StringComparer.Ordinal);
        var choice = await ReplicaChooser.ChooseAsync(OfLastCapture(all), new ChoosingOptions { ExpectedSize = volume.Size }, CompareAsync, cancellationToken);
        var chosen = choice.Best ?? throw Undecided(choice);
        return new JsonObject
        {
            ["volume"] = volume.Name,
            ["replica"] = chosen.Judgement.Path,
            ["node"] = chosen.Evidence.Node,
            ["chain"] = new JsonArray([.. chosen.Judgement.Chain.Select(l => (JsonNode)l.Name)]),
            ["newestWrite"] = chosen.Judgement.NewestWrite?.ToString("O", CultureInfo.InvariantCulture),
            ["reason"] = choice.Reason,
        };

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

    /// <summary>What the best of a volume's current replicas holds, by what was seen on the nodes; null when that is nothing, or cannot be read.</summary>
    public async Task<string?> CurrentContentAsync(IEnumerable<(string Node, string Directory)> current, CancellationToken cancellationToken)
    {
        var names = current.Select(d => $"{d.Node}:{d.Directory}").ToHashSet(StringComparer.Ordinal);
        var choice = await ReplicaChooser.ChooseAsync([.. findings.Of(volume.Name).Where(e => names.Contains($"{e.Node}:{NameOf(e)}"))], new ChoosingOptions { CompareContents = false }, null, cancellationToken);
        return choice.Best?.Content is { } content && !DeviceContent.IsFresh(content) ? DeviceContent.WordOf(content) : null;
    }

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

    /// <summary>A node that could not be looked at may have the newest replica, unless all that were captured lie on the others.</summary>
    private void RefuseBlindness(List<ReplicaEvidence> all)
    {
        var found = all.Where(IsCaptured).Select(NameOf).ToHashSet(StringComparer.Ordinal);
        if (findings.Missing.Count > 0 && (volume.Replicas.Count == 0 || !volume.Replicas.All(found.Contains)))
        {
            throw new BlackstartException(
                "BS4603",
                ExitCode.Negative,
                $"choosing the replica to bring volume {volume.Name} back from",
                $"not every node could be looked at, and a newer replica may lie there{string.Concat(findings.Missing.Select(m => $"; {m.Node}: {m.Failure}"))}",
                "Bring the node up and resume; if it is lost for good, remove its longhornRoot from blackstart.yaml and recover anew");
        }
    }

    private BlackstartException Undecided(ReplicaChoice choice) => new(
        "BS4603",
        ExitCode.Negative,
        $"choosing the replica to bring volume {volume.Name} back from, among {choice.Replicas.Count} directories",
        choice.Reason + string.Concat(choice.Replicas.Select(r => $"; {r.Evidence.Place}: {r.Reason}")),
        "Look at them with `blackstart longhorn scan` and `blackstart longhorn export DIR --to FILE`; nothing was changed");

    private bool IsCaptured(ReplicaEvidence replica) => volume.Replicas.Contains(NameOf(replica), StringComparer.Ordinal);

    private static string NameOf(ReplicaEvidence replica) => Path.GetFileName(replica.Judgement.Path);
}
