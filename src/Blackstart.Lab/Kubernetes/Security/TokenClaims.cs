namespace Blackstart.Lab.Kubernetes.Security;

/// <summary>What a valid service account token says.</summary>
internal sealed record TokenClaims(string Namespace, string Name, string Uid, string? Pod, string? PodUid, IReadOnlyList<string> Audiences, DateTimeOffset Expires);
