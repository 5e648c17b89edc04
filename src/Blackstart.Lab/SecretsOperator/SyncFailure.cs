namespace Blackstart.Lab.SecretsOperator;

/// <summary>A Secret could not be synced, for a reason other than Vault's.</summary>
/// <param name="reason">For conditions and events, such as <c>SecretSyncError</c>.</param>
/// <param name="message">What is wrong.</param>
internal sealed class SyncFailure(string reason, string message) : Exception(message)
{
    public string Reason { get; } = reason;
}
