using Blackstart.Lab.Vault.Leases;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>Answers the requests below a mount. It keeps nothing in memory: what it knows stands in the barrier.</summary>
internal interface IEngine
{
    /// <summary>The mount type it answers for.</summary>
    string Type { get; }

    /// <summary>Null: nothing there (a read), or done without an answer (a write).</summary>
    /// <exception cref="VaultFault">Refused or failed.</exception>
    Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken);

    /// <summary>Whether what a write names is there already; null where the engine does not tell creating from updating.</summary>
    bool? Exists(EngineRequest request) => null;

    /// <summary>Whether a path needs no token: a login.</summary>
    bool IsOpen(string path) => false;

    /// <summary>Gives what a lease stands for more time; the lease's new end is in it.</summary>
    Task RenewAsync(MountEntry mount, Lease lease, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes back what a lease stands for. Doing it again is no error.</summary>
    Task RevokeAsync(MountEntry mount, Lease lease, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether a token it gave may still be renewed.</summary>
    /// <exception cref="VaultFault">It may not.</exception>
    void RequireRenewable(MountEntry mount, Tokens.TokenEntry token)
    {
    }
}
