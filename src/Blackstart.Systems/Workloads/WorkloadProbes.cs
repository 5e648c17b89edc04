using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Workloads;

/// <summary>Questions about workloads.</summary>
internal static class WorkloadProbes
{
    /// <summary>Whether as many pods as wanted are ready, where wanted is what the estate declares.</summary>
    public static Probe Ready(EnvironmentSystems systems, WorkloadName workload) => new(
        "ready",
        $"{workload.Resource} has {workload.Replicas} of {workload.Replicas} pods ready",
        async (_, cancellationToken) =>
        {
            var state = await WorkloadState.AskAsync(systems.KubernetesReader, workload, cancellationToken);
            if (state is null)
            {
                return ProbeAnswer.No($"there is no {workload.Resource} in namespace {workload.Namespace}");
            }

            var ready = state.ReadyPods.Count;
            return ready >= workload.Replicas && state.Wanted >= workload.Replicas
                ? ProbeAnswer.Yes($"{ready} of {workload.Replicas} pods are ready")
                : ProbeAnswer.No($"{ready} of {workload.Replicas} pods are ready: {state.Trouble}");
        });
}
