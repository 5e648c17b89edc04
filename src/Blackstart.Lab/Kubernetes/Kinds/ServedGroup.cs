namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>An API group and its served versions, the preferred one first.</summary>
internal sealed record ServedGroup(string Name, IReadOnlyList<string> Versions);
