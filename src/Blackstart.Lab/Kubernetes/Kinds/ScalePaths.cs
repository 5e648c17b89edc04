namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>Where a kind keeps what its scale subresource shows, as dotted paths.</summary>
internal sealed record ScalePaths(string Replicas, string StatusReplicas, string? Selector);
