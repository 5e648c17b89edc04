namespace Blackstart.Core.Estates;

/// <summary>How a Kubernetes API is reached.</summary>
/// <param name="Kubeconfig">Absolute path of the kubeconfig file.</param>
/// <param name="Context">The context to use; never the file's current one.</param>
public sealed record KubernetesEndpoint(string Kubeconfig, string Context);
