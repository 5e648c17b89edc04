namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>A subresource with a kind of its own.</summary>
internal sealed record ExtraSubresource(string Name, string Kind, string? Group, string? Version, IReadOnlyList<string> Verbs);
