namespace Blackstart.Lab.Kubernetes.Selectors;

/// <summary>One term of a label selector.</summary>
/// <param name="Key">The label.</param>
/// <param name="Operator">=, !=, in, notin, exists, !, &gt;, &lt;.</param>
/// <param name="Values">What it is compared with.</param>
internal sealed record Requirement(string Key, string Operator, IReadOnlyList<string> Values);
