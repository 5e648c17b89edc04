namespace Blackstart.Lab.Vault;

/// <summary>The parts of the unseal key given so far.</summary>
internal sealed record UnsealProgress(string Nonce, IReadOnlyList<byte[]> Parts)
{
    public static UnsealProgress None { get; } = new(string.Empty, []);
}
