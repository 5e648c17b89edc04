namespace Blackstart.Lab.Vault;

/// <summary>An answer that is an error: its HTTP status and what its <c>errors</c> say.</summary>
internal sealed class VaultFault(int status, params string[] errors) : Exception(string.Join("; ", errors))
{
    public int Status { get; } = status;

    public IReadOnlyList<string> Errors { get; } = errors;

    public static VaultFault Sealed => new(503, "Vault is sealed");

    public static VaultFault Denied => new(403, "permission denied");

    /// <summary>A failure inside an engine, in the form Vault gives a collected error.</summary>
    public static VaultFault Collected(int status, string error) => new(status, $"1 error occurred:\n\n* {error}");
}
