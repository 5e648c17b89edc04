namespace Blackstart.Core.Isolation;

/// <summary>Asks a system who it is, over the very endpoint that an effect would use.</summary>
public interface IIdentitySource
{
    /// <summary>The identity the target states; null when it answers but states none (a sealed Vault).</summary>
    /// <param name="environment">Name of the environment whose endpoint is asked.</param>
    /// <param name="target">The system.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken);
}
