using Blackstart.Lab.Kubernetes.Rules;

namespace Blackstart.Lab.Kubernetes;

/// <summary>Where the lab's Kubernetes API server listens, keeps its state and writes its kubeconfig.</summary>
public sealed record KubernetesServerOptions
{
    /// <summary>The TCP port on 127.0.0.1; 0 takes a free one.</summary>
    public int ListenPort { get; init; }

    /// <summary>etcd's client address, such as <c>http://127.0.0.1:2379</c>. etcd 3.4 or later, with its JSON gateway.</summary>
    public required Uri EtcdUrl { get; init; }

    /// <summary>The folder for the server's keys, certificates and the administrator's token (<c>admin.token</c>); made when it is missing.</summary>
    public required string Folder { get; init; }

    /// <summary>Where to write the kubeconfig, mode 0600.</summary>
    public required string KubeconfigPath { get; init; }

    /// <summary>The name of the context in the kubeconfig, which is also the name of its cluster and user.</summary>
    public required string ContextName { get; init; }

    /// <summary>The folder with the pods' logs, <c>pod-NAMESPACE-NAME.log</c>; null when there are no kubelets.</summary>
    public string? PodLogFolder { get; init; }

    /// <summary>What custom kinds' webhooks refuse, by kind, as <c>settings.longhorn.io</c>. The server asks them itself.</summary>
    internal IReadOnlyDictionary<string, KindRules> Webhooks { get; init; } = new Dictionary<string, KindRules>(StringComparer.Ordinal);

    /// <summary>How long to wait for etcd to answer at the start.</summary>
    public TimeSpan EtcdPatience { get; init; } = TimeSpan.FromSeconds(30);
}
