namespace Blackstart.Lab.Vault.Storage;

/// <summary>The device under Vault failed; nothing of the interrupted write was acknowledged.</summary>
internal sealed class VaultStorageException(string message, Exception? inner = null) : IOException(message, inner);
