namespace Blackstart.Lab.Vault.Engines;

/// <summary>A secret of a role; found by its hash.</summary>
internal sealed record AppRoleSecret(string Role, string Accessor, long UsesLeft, DateTimeOffset? ExpireTime);
