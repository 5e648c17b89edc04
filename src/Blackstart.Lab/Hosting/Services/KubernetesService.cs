using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Hosting.Services;

/// <summary>The simulated cluster: API server, controllers and the kubelets of all nodes, one process as a k3s server is.</summary>
internal static class KubernetesService
{
    public const string Name = "kubernetes";

    public static ServiceDefinition Define(LabLayout layout, LabProgram program) => new(
        Name,
        _ => Task.FromResult(new Launch(
            Name,
            program.Path,
            program.ProcessArguments(Name, ["--lifeline", "--state", layout.Root]),
            Real: false)),
        async cancellationToken =>
        {
            using var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, TimeProvider.System, cancellationToken);
            return await client.GetAsync(ResourceType.Namespaces, null, "kube-system", cancellationToken) is not null;
        });
}
