namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>Changes that etcd reports together, and the revision they bring a reader to.</summary>
internal sealed record EtcdBatch(long Revision, IReadOnlyList<EtcdKeyValue> Changes);
