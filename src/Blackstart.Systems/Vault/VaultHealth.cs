namespace Blackstart.Systems.Vault;

/// <summary>What <c>sys/health</c> says (HashiCorp Vault API, "/sys/health").</summary>
/// <param name="Initialized">False on an empty storage: such a Vault holds nobody's secrets.</param>
/// <param name="Sealed">Whether it needs its unseal key.</param>
/// <param name="ClusterId">Told only while it is unsealed.</param>
public sealed record VaultHealth(bool Initialized, bool Sealed, string? ClusterId);
