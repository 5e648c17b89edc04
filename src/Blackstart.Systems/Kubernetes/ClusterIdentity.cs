namespace Blackstart.Systems.Kubernetes;

/// <summary>Who a cluster is: the UID of its namespace <c>kube-system</c>, which is made once with the cluster and never again.</summary>
public static class ClusterIdentity
{
    /// <summary>Asks a cluster; null when it answers without that namespace.</summary>
    public static async Task<string?> AskAsync(KubernetesReader reader, CancellationToken cancellationToken)
    {
        var found = await reader.GetAsync("/api/v1/namespaces/kube-system", cancellationToken);
        return found?["metadata"]?["uid"]?.GetValue<string>();
    }
}
