namespace Blackstart.Lab.Vault.Engines;

/// <summary>What a KV 2 mount does with versions unless a secret says otherwise; 0 versions means ten.</summary>
internal sealed record SecretSettings(long MaxVersions, bool CasRequired);
