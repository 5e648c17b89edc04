namespace Blackstart.Lab.Vault.Crypto;

/// <summary>What the entries are encrypted with; itself encrypted under the root key.</summary>
/// <param name="Term">Counts the keys there have been.</param>
/// <param name="EntryKey">32 bytes: encrypts entries.</param>
/// <param name="NameKey">32 bytes: hides their paths.</param>
/// <param name="InstallTime">When the key came into use.</param>
internal sealed record Keyring(int Term, byte[] EntryKey, byte[] NameKey, DateTimeOffset InstallTime);
