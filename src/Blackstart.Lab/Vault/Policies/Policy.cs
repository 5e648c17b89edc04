namespace Blackstart.Lab.Vault.Policies;

/// <summary>A policy as it was written.</summary>
internal sealed record Policy(string Name, string Rules);
