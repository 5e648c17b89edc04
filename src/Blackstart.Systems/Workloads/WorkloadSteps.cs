using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Workloads;

/// <summary>Steps for workloads in the cluster.</summary>
internal static class WorkloadSteps
{
    /// <summary>The step that scales a component's workload to the replicas the estate declares.</summary>
    public static Step Start(ComponentScope scope, EnvironmentSystems systems, string title, Probe gate)
    {
        var workload = WorkloadName.Of(scope.Component)!;
        return new Step($"{scope.Component.Name}/start", title, gate)
        {
            Component = scope.Component.Name,
            Effect = Effect.Change,
            Targets = [Target.Kubernetes],
            Action = (context, cancellationToken) => systems.KubernetesWriter.ScaleAsync(context.Clearance, workload, workload.Replicas, cancellationToken),
            Timeout = TimeSpan.FromSeconds(60),
            ByHand = $"kubectl scale {workload.Resource} -n {workload.Namespace} --replicas={workload.Replicas}",
        };
    }
}
