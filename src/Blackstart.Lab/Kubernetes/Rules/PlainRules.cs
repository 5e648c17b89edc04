namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>A kind that is kept as it comes.</summary>
internal sealed class PlainRules : KindRules;
