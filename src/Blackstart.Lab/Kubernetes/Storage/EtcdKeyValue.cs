namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>A key with its value, as etcd gives it; a deletion has no value.</summary>
internal sealed record EtcdKeyValue(string Key, long ModRevision, byte[]? Value);
