using Blackstart.Core.Planning;
using Blackstart.Longhorn.Devices;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Longhorn;

/// <summary>Questions about Longhorn volumes, answered by their data rather than by their status.</summary>
internal static class VolumeProbes
{
    /// <summary>Whether a volume is attached and healthy and its device holds what was captured.</summary>
    public static Probe Serves(LonghornApi api, CapturedVolume volume) => new(
        volume.Name,
        $"volume {volume.Name} serves its data",
        (_, cancellationToken) => ServesAsync(api, volume, cancellationToken));

    /// <summary>Whether each of them serves its data, or was brought back by this run.</summary>
    public static async Task<ProbeAnswer> AllBackAsync(LonghornApi api, IReadOnlyList<CapturedVolume> volumes, StepContext context, CancellationToken cancellationToken)
    {
        foreach (var volume in volumes)
        {
            var facts = new VolumeFacts(context.Facts, volume.Name);
            var state = await api.FindVolumeAsync(volume.Name, cancellationToken);
            if (facts.IsIntact(state) || (facts.Verified(state) is { } read && read == facts.Injected(state)))
            {
                continue;
            }

            var answer = await Serves(api, volume).AnswerAsync(context, cancellationToken);
            if (!answer.Holds)
            {
                return answer;
            }
        }

        return ProbeAnswer.Yes($"all {volumes.Count} volumes serve their data or were brought back");
    }

    /// <summary>Whether none of them is held by a workload, and no such workload has a pod.</summary>
    public static async Task<ProbeAnswer> NoneHeldAsync(
        LonghornApi api,
        KubernetesReader reader,
        IReadOnlyList<CapturedVolume> volumes,
        IReadOnlyList<WorkloadName> workloads,
        CancellationToken cancellationToken)
    {
        foreach (var workload in workloads)
        {
            var state = await WorkloadState.AskAsync(reader, workload, cancellationToken);
            if (state is { Wanted: > 0 } or { Pods.Count: > 0 })
            {
                return ProbeAnswer.No($"{workload.Resource} still has {state.Pods.Count} pods");
            }
        }

        foreach (var volume in volumes)
        {
            var state = await api.FindVolumeAsync(volume.Name, cancellationToken);
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

    private static async Task<ProbeAnswer> ServesAsync(LonghornApi api, CapturedVolume volume, CancellationToken cancellationToken)
    {
        var state = await api.FindVolumeAsync(volume.Name, cancellationToken);
        if (state is null)
        {
            return ProbeAnswer.No($"there is no Volume {volume.Name}");
        }

        if (state.Endpoint is not { } endpoint || state.Tickets.Contains(VolumeRecovery.Ticket, StringComparer.Ordinal))
        {
            return ProbeAnswer.No(state.Endpoint is null ? $"it is {state.State}, so nobody can read it" : "it is attached for maintenance");
        }

        if (state.Robustness is not ("healthy" or "degraded"))
        {
            return ProbeAnswer.No($"it is {state.Robustness}");
        }

        await using var device = await DeviceEndpoint.OpenAsync(endpoint, cancellationToken);
        var content = DeviceContent.WordOf(await DeviceContent.ReadAsync(device, cancellationToken));
        return content == (volume.Content ?? DeviceContent.Raw)
            ? ProbeAnswer.Yes($"{state.Robustness} on {state.Node}, holds {content}")
            : ProbeAnswer.No(content == DeviceContent.Blank ? "it is empty" : $"it holds {content}, not {volume.Content}");
    }
}
