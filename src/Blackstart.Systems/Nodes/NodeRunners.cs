using Blackstart.Core.Estates;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Nodes;

/// <summary>Makes the runner that the settings name.</summary>
internal static class NodeRunners
{
    public static INodeRunner Create(EstateEnvironment environment, NodeSettings settings, EnvironmentSystems systems, ICommandLine commandLine, TimeProvider time) => settings.Kind switch
    {
        NodeRunnerKind.Ssh => Ssh(environment, settings, systems, commandLine),
        NodeRunnerKind.Job => new JobNodeRunner(environment, settings, systems.KubernetesReader, systems.KubernetesWriter, time),
        _ => new LocalNodeRunner(environment, settings, Identity(systems), commandLine),
    };

    public static SshNodeRunner Ssh(EstateEnvironment environment, NodeSettings settings, EnvironmentSystems systems, ICommandLine commandLine) =>
        new(environment, settings, Identity(systems), commandLine);

    private static NodeIdentity Identity(EnvironmentSystems systems) =>
        new((node, cancellationToken) => systems.KubernetesReader.GetAsync($"/api/v1/nodes/{node}", cancellationToken));
}
