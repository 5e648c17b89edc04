namespace Blackstart.Lab.Vault.Storage;

/// <summary>One change of a batch: a value for a name, or null for its removal.</summary>
internal sealed record StorageChange(string Name, byte[]? Value);
