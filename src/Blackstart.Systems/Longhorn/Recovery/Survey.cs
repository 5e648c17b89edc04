using System.Globalization;
using Blackstart.Core.Errors;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Scanning;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>
/// One look at the disks of all nodes at once, which answers for all volumes. What was seen is kept in this process only: after a kill it is
/// looked at again, for the world went on.
/// </summary>
internal sealed class Survey(LonghornScope longhorn)
{
    /// <summary>How long what was seen counts. Nothing writes to orphans, but what took longer than this to come round is asked again.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(5);

    private SurveyFindings? _findings;

    /// <summary>The step that looks.</summary>
    public Step Step(string after) => new($"{longhorn.Name}/survey", "Look at the replica directories on all nodes", new Probe("seen", "every node's disks were looked at, or nothing is to be brought back", async (context, cancellationToken) =>
    {
        if (Fresh is { } findings)
        {
            return findings.Answer();
        }

        if (longhorn.Volumes.All(v => new VolumeFacts(context.Facts, v.Name).Choice is not null))
        {
            return ProbeAnswer.Yes("every choice is made");
        }

        return await longhorn.Probes.AllBackAsync(context, cancellationToken);
    }))
    {
        Component = longhorn.Name,
        DependsOn = [after],
        Effect = longhorn.LookingEffect,
        Targets = longhorn.LookingTargets,
        Timeout = TimeSpan.FromMinutes(12),
        AsksOnce = true,
        ByHand = "blackstart longhorn scan DISK…, on each node",
        Action = async (context, cancellationToken) =>
        {
            var findings = await LookAsync(context.Clearances, cancellationToken);
            context.Facts.Set($"{longhorn.Name}/survey", findings.ToJson());
        },
    };

    /// <summary>What was seen a moment ago, or is seen now.</summary>
    public async Task<SurveyFindings> FindingsAsync(IReadOnlyList<Clearance> clearances, CancellationToken cancellationToken) =>
        Fresh ?? await LookAsync(clearances, cancellationToken);

    private SurveyFindings? Fresh => _findings is { } findings && longhorn.Time.GetUtcNow() - findings.At < Validity ? findings : null;

    private async Task<SurveyFindings> LookAsync(IReadOnlyList<Clearance> clearances, CancellationToken cancellationToken)
    {
        var at = longhorn.Time.GetUtcNow();
        var seen = await Task.WhenAll(longhorn.Scope.Environment.Nodes
            .SelectMany(n => n.LonghornDisks.Select((disk, index) => LookAsync(n.Name, disk, index, clearances, cancellationToken))));
        return _findings = new SurveyFindings(at, seen);
    }

    private async Task<DiskFindings> LookAsync(string node, string disk, int index, IReadOnlyList<Clearance> clearances, CancellationToken cancellationToken)
    {
        try
        {
            var scan = await longhorn.Work.ScanAsync(node, disk, index, clearances, cancellationToken);
            var evidence = scan.Volumes.ToDictionary(
                v => v.Name,
                v => (IReadOnlyList<ReplicaEvidence>)[.. scan.EvidenceOf(v.Name).Select(e => e with { Node = node })],
                StringComparer.Ordinal);
            return new DiskFindings(node, disk, evidence, NotSeen(scan, disk));
        }
        catch (BlackstartException e) when (e.Code is "BS4002" or "BS4621" or "BS4623" or "BS4626" or "BS4628")
        {
            // One dead node or disk must not keep back what lies on the others; the choice says whether it can be done without it.
            return new DiskFindings(node, disk, new Dictionary<string, IReadOnlyList<ReplicaEvidence>>(StringComparer.Ordinal), $"{e.Code} {e.Attempted}: {e.Cause}");
        }
    }

    /// <summary>Why a scan may have missed replicas; null when it saw all there is. A disk that is not mounted looks empty, and replicas are root's.</summary>
    internal static string? NotSeen(ScanReport scan, string disk)
    {
        var closed = scan.Unreadable.Concat(scan.Volumes
            .SelectMany(v => scan.EvidenceOf(v.Name))
            .Where(e => e.Judgement.Refusal?.Code == SalvageCode.DirectoryUnreadable)
            .Select(e => e.Judgement.Path)).ToList();
        return closed.Count > 0 ? $"{closed[0]}{(closed.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" and {closed.Count - 1} more") : "")} cannot be looked into: replicas are root's, so log in as root or set program to 'sudo -n blackstart'"
            : scan.Disks.Count == 0 ? $"there is no Longhorn disk in {disk} (longhorn-disk.cfg): is it mounted?"
            : null;
    }
}
