using Blackstart.Lab.Vault.Engines;
using Blackstart.Lab.Vault.Tokens;

namespace Blackstart.Lab.Vault.Leases;

/// <summary>Takes back what was given out: a lease, a token with all that hangs on it, or what has expired.</summary>
internal sealed class Revocation(VaultCore core)
{
    /// <summary>A request and the expiration may want the same lease back; the engine is asked by one of them.</summary>
    private readonly Exclusive _revoking = new();

    /// <summary>Takes a lease back. One whose engine cannot be reached stays, marked, and is tried again.</summary>
    /// <exception cref="VaultFault">500: the engine failed.</exception>
    public async Task RevokeAsync(Lease lease, CancellationToken cancellationToken)
    {
        if (!lease.Revoked)
        {
            lease = lease with { Revoked = true };
            await core.Leases.PutAsync(lease, cancellationToken);
        }

        await _revoking.WaitAsync(cancellationToken);
        try
        {
            if (!core.Leases.Has(lease))
            {
                return;
            }

            var mount = core.Mounts.All().FirstOrDefault(candidate => candidate.Uuid == lease.Mount);
            if (mount is not null && core.EngineOf(mount.Type) is { } engine)
            {
                await engine.RevokeAsync(mount, lease, cancellationToken);
            }

            await core.Leases.RemoveAsync(lease, cancellationToken);
        }
        finally
        {
            _revoking.Release();
        }
    }

    /// <summary>Takes back as many as can be; the others are marked and tried again later.</summary>
    public async Task RevokeAllAsync(IEnumerable<Lease> leases, CancellationToken cancellationToken)
    {
        foreach (var lease in leases)
        {
            try
            {
                await RevokeAsync(lease, cancellationToken);
            }
            catch (VaultFault)
            {
                // It is marked; the expiration asks again.
            }
        }
    }

    /// <summary>Takes back a token, its descendants and everything they were given.</summary>
    public async Task RevokeAsync(TokenEntry token, CancellationToken cancellationToken)
    {
        var family = core.Tokens.Family(token);
        var hashes = family.Select(member => member.Hash).ToHashSet(StringComparer.Ordinal);
        await core.Tokens.RemoveAsync(family, cancellationToken);
        await RevokeAllAsync(core.Leases.Under(string.Empty).Where(lease => hashes.Contains(lease.Token)), cancellationToken);
        if (core.Mounts.Find("cubbyhole/") is { } cubbyhole)
        {
            foreach (var hash in hashes)
            {
                await core.Barrier.DeleteAllAsync(CubbyholeEngine.StorageOf(cubbyhole, hash), cancellationToken);
            }
        }
    }

    /// <summary>Takes back a token alone; its children become orphans.</summary>
    public async Task RevokeOrphaningAsync(TokenEntry token, CancellationToken cancellationToken)
    {
        foreach (var child in core.Tokens.All().Where(candidate => candidate.Parent == token.Hash).ToList())
        {
            await core.Tokens.PutAsync(child with { Parent = null }, cancellationToken);
        }

        await RevokeAsync(token, cancellationToken);
    }

    /// <summary>Removes leases without asking their engine: for one that will never answer again.</summary>
    public async Task ForgetAsync(IEnumerable<Lease> leases, CancellationToken cancellationToken)
    {
        foreach (var lease in leases)
        {
            await core.Leases.RemoveAsync(lease, cancellationToken);
        }
    }
}
