namespace Blackstart.Core.Estates;

/// <summary>How a Vault is reached.</summary>
/// <param name="Address">http or https address, without credentials.</param>
/// <param name="UnsealKeyFile">Absolute path of the file with its unseal key; null where a person unseals.</param>
public sealed record VaultEndpoint(Uri Address, string? UnsealKeyFile);
