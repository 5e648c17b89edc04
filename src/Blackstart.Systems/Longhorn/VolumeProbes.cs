using Blackstart.Core.Planning;
using Blackstart.Longhorn.Devices;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Recovery;
using Blackstart.Systems.Nodes;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Longhorn;

/// <summary>Questions about Longhorn volumes, answered by their data rather than by their status.</summary>
internal sealed class VolumeProbes(LonghornScope longhorn)
{
    // Several steps ask the same within a moment, and each answer costs a read on every node.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private LastAnswer? _last;

    /// <summary>Whether a volume is attached and healthy and its device holds what was captured.</summary>
    public Probe Serves(CapturedVolume volume) => new(
        volume.Name,
        $"volume {volume.Name} serves its data",
        (_, cancellationToken) => ServesAsync(volume, cancellationToken));

    /// <summary>Whether each volume serves its data, or was brought back by this run.</summary>
    public async Task<ProbeAnswer> AllBackAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (_last is { } last && longhorn.Time.GetUtcNow() - last.At < Moment)
        {
            return last.Answer;
        }

        var answers = await Task.WhenAll(longhorn.Volumes.Select(v => IsBackAsync(v, context, cancellationToken)));
        var answer = answers.FirstOrDefault(a => !a.Holds) ?? ProbeAnswer.Yes($"all {answers.Length} volumes serve their data or were brought back");
        _last = new LastAnswer(longhorn.Time.GetUtcNow(), answer);
        return answer;
    }

    /// <summary>Whether none of them is held by a workload, and no such workload has a pod.</summary>
    public async Task<ProbeAnswer> NoneHeldAsync(IReadOnlyList<WorkloadName> workloads, CancellationToken cancellationToken)
    {
        foreach (var workload in workloads)
        {
            var state = await WorkloadState.AskAsync(longhorn.Systems.KubernetesReader, workload, cancellationToken);
            if (state is { Wanted: > 0 } or { Pods.Count: > 0 })
            {
                return ProbeAnswer.No($"{workload.Resource} still has {state.Pods.Count} pods");
            }
        }

        foreach (var volume in longhorn.Volumes)
        {
            var state = await longhorn.Api.FindVolumeAsync(volume.Name, cancellationToken);
            if (state is null || state.Tickets.SequenceEqual([VolumeRecovery.Ticket]))
            {
                continue;
            }

            if (state.Tickets.Any() || state.State != "detached")
            {
                return ProbeAnswer.No($"volume {volume.Name} is {state.State}{(state.Tickets.Any() ? $", held by {string.Join(", ", state.Tickets)}" : "")}");
            }
        }

        return ProbeAnswer.Yes("no workload holds a volume");
    }

    private async Task<ProbeAnswer> IsBackAsync(CapturedVolume volume, StepContext context, CancellationToken cancellationToken)
    {
        var facts = new VolumeFacts(context.Facts, volume.Name);
        var state = await longhorn.Api.FindVolumeAsync(volume.Name, cancellationToken);
        return facts.IsIntact(state) || (facts.Verified(state) is { } read && read == facts.Injected(state))
            ? ProbeAnswer.Yes("it was brought back")
            : await Serves(volume).AnswerAsync(context, cancellationToken);
    }

    private async Task<ProbeAnswer> ServesAsync(CapturedVolume volume, CancellationToken cancellationToken)
    {
        var state = await longhorn.Api.FindVolumeAsync(volume.Name, cancellationToken);
        if (state is null)
        {
            return ProbeAnswer.No($"there is no Volume {volume.Name}");
        }

        if (state.Endpoint is not { } endpoint || state.Tickets.Contains(VolumeRecovery.Ticket, StringComparer.Ordinal))
        {
            return ProbeAnswer.No(state.Endpoint is null ? $"it is {state.State}, so nobody can read it" : "it is attached for maintenance");
        }

        if (state.IsUnfinished)
        {
            return ProbeAnswer.No($"a recovery has begun to write it and has not verified it ({VolumeState.UnfinishedAnnotation})");
        }

        if (state.Robustness is not ("healthy" or "degraded"))
        {
            return ProbeAnswer.No($"it is {state.Robustness}");
        }

        if (longhorn.Nodes.Kind == NodeRunnerKind.Job)
        {
            return AskReplicas(volume, state);
        }

        var found = await longhorn.Work.LookAsync(state.Node, endpoint, volume.Name, [], cancellationToken);
        return AskContent(found, volume.Content) is { } wrong
            ? ProbeAnswer.No(wrong)
            : ProbeAnswer.Yes($"{state.Robustness} on {state.Node}, holds {found.Content}");
    }

    /// <summary>What is wrong with what a device holds; null when nothing is. Where its content was never captured, anything but emptiness is right.</summary>
    internal static string? AskContent(DeviceReport found, string? captured) =>
        captured is null ? found.IsFresh ? $"it is empty ({found.Content})" : null
        : found.Content == captured ? null
        : found.Content == DeviceContent.Blank ? "it is empty"
        : $"it holds {found.Content}, not {captured}";

    /// <summary>
    /// A check must not make Jobs, which is a change, and nothing else can read the device there. So it goes by which directories the volume is
    /// served from: one of those that were captured, or that a recovery verified, holds the data; any other was made anew.
    /// </summary>
    private static ProbeAnswer AskReplicas(CapturedVolume volume, VolumeState state)
    {
        var known = volume.Replicas.Concat(state.VerifiedDirectories).ToHashSet(StringComparer.Ordinal);
        var serving = state.HealthyDirectories.Select(d => d.Directory).ToList();
        return serving.Exists(known.Contains)
            ? ProbeAnswer.Yes($"{state.Robustness} on {state.Node}, served from {string.Join(", ", serving.Where(known.Contains))}; its device was not read")
            : ProbeAnswer.No($"it is served from {(serving.Count == 0 ? "no replica" : string.Join(", ", serving))}, which was neither captured nor verified");
    }

    private sealed record LastAnswer(DateTimeOffset At, ProbeAnswer Answer);
}
