namespace Blackstart.Lab.Vault.Leases;

/// <summary>Takes back in time what has an end, and tries again what could not be taken back.</summary>
internal sealed class Expiration(VaultCore core, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, (DateTimeOffset Next, TimeSpan Wait)> _retries = new(StringComparer.Ordinal);
    private long _version = -1;
    private DateTimeOffset _next;

    /// <summary>Runs until it is cancelled, over seals and unseals.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await PassAsync(cancellationToken);
            }
            catch (VaultFault)
            {
                // Sealed in between; the next pass sees it.
            }
        }
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (core.Barrier.IsSealed || (core.Barrier.Version == _version && now < _next))
        {
            return;
        }

        _version = core.Barrier.Version;
        _next = DateTimeOffset.MaxValue;
        foreach (var token in core.Tokens.All().ToList())
        {
            if (token.ExpireTime is not { } end)
            {
                continue;
            }

            if (end <= now)
            {
                await core.Revocation.RevokeAsync(token, cancellationToken);
            }
            else
            {
                Consider(end);
            }
        }

        foreach (var lease in core.Leases.Under(string.Empty))
        {
            if (lease.Revoked || lease.ExpireTime <= now)
            {
                await RevokeAsync(lease, now, cancellationToken);
            }
            else
            {
                Consider(lease.ExpireTime);
            }
        }
    }

    private async Task RevokeAsync(Lease lease, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_retries.TryGetValue(lease.Id, out var retry) && now < retry.Next)
        {
            Consider(retry.Next);
            return;
        }

        try
        {
            await core.Revocation.RevokeAsync(lease, cancellationToken);
            _retries.Remove(lease.Id);
        }
        catch (VaultFault fault) when (fault.Status != 503)
        {
            var wait = retry.Wait == TimeSpan.Zero ? FirstRetry : TimeSpan.FromTicks(Math.Min(retry.Wait.Ticks * 2, LastRetry.Ticks));
            _retries[lease.Id] = (now + wait, wait);
            Consider(now + wait);
            await Console.Error.WriteLineAsync($"vault: lease {lease.Id} could not be revoked: {fault.Message}");
        }
    }

    private void Consider(DateTimeOffset moment) => _next = moment < _next ? moment : _next;
}
