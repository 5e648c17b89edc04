namespace Blackstart.Lab.Vault.Policies;

/// <summary>What a policy allows on the paths that its pattern matches.</summary>
/// <param name="Pattern">A path; <c>+</c> stands for a segment, <c>*</c> at the end for the rest.</param>
/// <param name="Capabilities">Of <c>create</c>, <c>read</c>, <c>update</c>, <c>patch</c>, <c>delete</c>, <c>list</c>, <c>sudo</c>, <c>deny</c>.</param>
internal sealed record PolicyRule(string Pattern, IReadOnlySet<string> Capabilities);
