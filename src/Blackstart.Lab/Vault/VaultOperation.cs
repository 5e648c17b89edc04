namespace Blackstart.Lab.Vault;

/// <summary>What a request wants of its path.</summary>
internal enum VaultOperation
{
    Read,
    List,
    Update,
    Delete,
}
