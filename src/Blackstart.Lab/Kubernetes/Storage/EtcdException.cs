namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>etcd refused a request.</summary>
internal sealed class EtcdException(string message) : Exception(message);
