namespace Blackstart.Lab.Vault;

/// <summary>What initialising hands out, once.</summary>
internal sealed record InitialKeys(IReadOnlyList<byte[]> Keys, string RootToken);
