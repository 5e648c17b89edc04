namespace Blackstart.Lab.Vault.Crypto;

/// <summary>How the unseal key is split. Stored in the clear: a sealed Vault says it.</summary>
internal sealed record SealConfiguration(int Shares, int Threshold);
