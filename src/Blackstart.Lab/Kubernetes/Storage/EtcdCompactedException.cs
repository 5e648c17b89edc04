namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>The revision a watch asks for is no longer in etcd's history.</summary>
internal sealed class EtcdCompactedException(string message) : Exception(message);
