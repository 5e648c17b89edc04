using System.Globalization;
using System.Security.Cryptography;
using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Leases;

/// <summary>Keeps the leases, on the device: what was given out before a crash is still taken back after it.</summary>
internal sealed class LeaseStore(SealBarrier barrier, TimeProvider time)
{
    private const string Prefix = "lease/";

    /// <summary>An id for a lease of a path.</summary>
    public static string NewId(string path) =>
        $"{path}/{RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 24)}";

    public Task PutAsync(Lease lease, CancellationToken cancellationToken) => barrier.PutAsync(Prefix + lease.Id, lease, cancellationToken);

    public Task RemoveAsync(Lease lease, CancellationToken cancellationToken) => barrier.DeleteAsync(Prefix + lease.Id, cancellationToken);

    /// <summary>A lease that is in force, or null.</summary>
    public Lease? Find(string id) => barrier.Get<Lease>(Prefix + id) is { Revoked: false, Pending: false } lease ? lease : null;

    /// <summary>Whether a lease is there, in force or not.</summary>
    public bool Has(Lease lease) => barrier.Has(Prefix + lease.Id);

    /// <summary>All leases whose id begins with a prefix, those still to be taken back included.</summary>
    public IReadOnlyList<Lease> Under(string prefix) =>
        [.. barrier.Paths(Prefix + prefix).Select(path => barrier.Get<Lease>(path)).OfType<Lease>()];

    public IReadOnlyList<string> Children(string prefix) => barrier.Children(Prefix + prefix);

    /// <summary>The lease with more time, not yet stored, and a warning when it got less than was asked for.</summary>
    /// <exception cref="VaultFault">400: its maximum is reached.</exception>
    public (Lease Lease, IReadOnlyList<string>? Warnings) Extend(Lease lease, long increment)
    {
        var now = time.GetUtcNow();
        var wanted = increment > 0 ? increment : lease.Ttl;
        var left = (long)Math.Ceiling((lease.IssueTime.AddSeconds(lease.MaxTtl) - now).TotalSeconds);
        var ttl = Math.Min(wanted, left);
        if (ttl <= 0)
        {
            throw new VaultFault(400, "past the max TTL, cannot renew");
        }

        return (lease with { ExpireTime = now.AddSeconds(ttl), LastRenewal = now }, ttl < wanted ? [CappedWarning(wanted, ttl)] : null);
    }

    /// <summary>Seconds left, rounded up.</summary>
    public long Remaining(Lease lease) => (long)Math.Ceiling((lease.ExpireTime - time.GetUtcNow()).TotalSeconds);

    public static string CappedWarning(long wanted, long given) => string.Create(
        CultureInfo.InvariantCulture,
        $"TTL of \"{wanted}s\" exceeded the effective max_ttl of \"{given}s\"; TTL value is capped accordingly");
}
