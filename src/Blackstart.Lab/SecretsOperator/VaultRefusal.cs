namespace Blackstart.Lab.SecretsOperator;

/// <summary>Vault could not be reached, is sealed, or refused.</summary>
/// <param name="status">HTTP status; 0 when there was no answer.</param>
/// <param name="message">What was asked and what came back.</param>
internal sealed class VaultRefusal(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}
