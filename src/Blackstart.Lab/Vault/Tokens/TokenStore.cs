using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Crypto;
using Blackstart.Lab.Vault.Leases;

namespace Blackstart.Lab.Vault.Tokens;

/// <summary>Makes, finds, uses up, renews and revokes tokens. What a token was given dies with it: its children and its leases.</summary>
internal sealed class TokenStore(SealBarrier barrier, TimeProvider time)
{
    private const string Prefix = "token/";
    private readonly Exclusive _using = new();

    /// <summary>A new token, not yet stored, and the entry to store.</summary>
    public (string Token, TokenEntry Entry) Build(TokenRequest request)
    {
        var token = "hvs." + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 28);
        var now = time.GetUtcNow();
        var endless = request.Policies.Contains("root") && request.Ttl == 0 && request.Period == 0;
        var ttl = request.Period > 0 ? request.Period : request.Ttl > 0 ? request.Ttl : endless ? 0 : SystemLimits.DefaultTtl;
        ttl = Limit(ttl, request.MaxTtl, request.ExplicitMaxTtl, request.Period, endless);
        return (token, new TokenEntry
        {
            Hash = HashOf(token),
            Accessor = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 24),
            Policies = request.Policies,
            Path = request.Path,
            DisplayName = request.DisplayName,
            CreationTime = now,
            Meta = request.Meta,
            CreationTtl = ttl,
            ExpireTime = ttl == 0 ? null : now.AddSeconds(ttl),
            ExplicitMaxTtl = request.ExplicitMaxTtl,
            MaxTtl = request.MaxTtl,
            Period = request.Period,
            NumUses = request.NumUses,
            Parent = request.Parent,
            Renewable = request.Renewable && ttl > 0,
            EntityId = request.EntityId,
            Role = request.Role,
        });
    }

    /// <summary>Where an entry is stored.</summary>
    public static string PathOf(string hash) => Prefix + hash;

    public async Task<(string Token, TokenEntry Entry)> CreateAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        var (token, entry) = Build(request);
        await barrier.PutAsync(PathOf(entry.Hash), entry, cancellationToken);
        return (token, entry);
    }

    /// <summary>The entry of a token that is alive, or null.</summary>
    public TokenEntry? Find(string token) => FindByHash(HashOf(token));

    public TokenEntry? FindByHash(string hash)
    {
        var entry = barrier.Get<TokenEntry>(PathOf(hash));
        return entry is null || entry.ExpireTime <= time.GetUtcNow() ? null : entry;
    }

    public TokenEntry? FindByAccessor(string accessor) => All().FirstOrDefault(entry => entry.Accessor == accessor);

    public IEnumerable<TokenEntry> All() => barrier.Paths(Prefix).Select(path => barrier.Get<TokenEntry>(path)).OfType<TokenEntry>();

    /// <summary>Takes one use off a token that has a number of them. Null: it has none left.</summary>
    public async Task<TokenEntry?> UseAsync(TokenEntry entry, CancellationToken cancellationToken)
    {
        if (entry.NumUses == 0)
        {
            return entry;
        }

        await _using.WaitAsync(cancellationToken);
        try
        {
            var current = FindByHash(entry.Hash);
            if (current is null || current.NumUses < 0)
            {
                return null;
            }

            // The last use is marked, so that the request may go on and the token goes after it.
            var used = current with { NumUses = current.NumUses == 1 ? -1 : current.NumUses - 1 };
            await barrier.PutAsync(PathOf(used.Hash), used, cancellationToken);
            return used;
        }
        finally
        {
            _using.Release();
        }
    }

    /// <summary>Gives a token more time.</summary>
    /// <exception cref="VaultFault">400: it cannot be renewed.</exception>
    public async Task<(TokenEntry Entry, IReadOnlyList<string>? Warnings)> RenewAsync(TokenEntry entry, long increment, CancellationToken cancellationToken)
    {
        if (!entry.Renewable || entry.ExpireTime is null)
        {
            throw new VaultFault(400, "lease not found or lease is not renewable");
        }

        var now = time.GetUtcNow();
        var wanted = entry.Period > 0 ? entry.Period : increment > 0 ? increment : entry.CreationTtl;
        var age = (long)(now - entry.CreationTime).TotalSeconds;
        var ttl = entry.Period > 0 ? wanted : Math.Min(wanted, SystemLimits.MaximumTtl - age);
        ttl = entry.MaxTtl > 0 && entry.Period == 0 ? Math.Min(ttl, entry.MaxTtl - age) : ttl;
        ttl = entry.ExplicitMaxTtl > 0 ? Math.Min(ttl, entry.ExplicitMaxTtl - age) : ttl;
        if (ttl <= 0)
        {
            throw new VaultFault(400, "past the max TTL, cannot renew");
        }

        var renewed = entry with { ExpireTime = now.AddSeconds(ttl), LastRenewal = now };
        await barrier.PutAsync(PathOf(entry.Hash), renewed, cancellationToken);
        return (renewed, ttl < wanted ? [LeaseStore.CappedWarning(wanted, ttl)] : null);
    }

    /// <summary>Removes entries; what they were given is for the caller to revoke first.</summary>
    public Task RemoveAsync(IEnumerable<TokenEntry> entries, CancellationToken cancellationToken) =>
        barrier.WriteAsync([.. entries.Select(entry => (PathOf(entry.Hash), (byte[]?)null))], cancellationToken);

    public Task PutAsync(TokenEntry entry, CancellationToken cancellationToken) => barrier.PutAsync(PathOf(entry.Hash), entry, cancellationToken);

    /// <summary>A token and all that descend from it.</summary>
    public IReadOnlyList<TokenEntry> Family(TokenEntry entry)
    {
        var all = All().ToLookup(candidate => candidate.Parent, StringComparer.Ordinal);
        var family = new List<TokenEntry> { entry };
        for (var index = 0; index < family.Count; index++)
        {
            family.AddRange(all[family[index].Hash]);
        }

        return family;
    }

    /// <summary>Seconds left, rounded up; 0 when it never ends.</summary>
    public long Remaining(TokenEntry entry) =>
        entry.ExpireTime is { } end ? (long)Math.Ceiling((end - time.GetUtcNow()).TotalSeconds) : 0;

    /// <summary>The <c>auth</c> of an answer.</summary>
    public JsonObject Auth(string token, TokenEntry entry) => new()
    {
        ["client_token"] = token,
        ["accessor"] = entry.Accessor,
        ["policies"] = VaultJson.Array(entry.Policies),
        ["token_policies"] = VaultJson.Array(entry.Policies),
        ["metadata"] = MetaOf(entry),
        ["lease_duration"] = Remaining(entry),
        ["renewable"] = entry.Renewable,
        ["entity_id"] = entry.EntityId,
        ["token_type"] = "service",
        ["orphan"] = entry.Parent is null,
        ["mfa_requirement"] = null,
        ["num_uses"] = entry.NumUses,
    };

    /// <summary>The <c>data</c> of a look-up.</summary>
    /// <param name="entry">The token's entry.</param>
    /// <param name="token">The token where the caller knows it; a look-up by accessor does not say it.</param>
    public JsonObject Describe(TokenEntry entry, string token)
    {
        var data = new JsonObject
        {
            ["accessor"] = entry.Accessor,
            ["creation_time"] = entry.CreationTime.ToUnixTimeSeconds(),
            ["creation_ttl"] = entry.CreationTtl,
            ["display_name"] = entry.DisplayName,
            ["entity_id"] = entry.EntityId,
            ["expire_time"] = entry.ExpireTime is { } end ? Timestamps.Text(end) : null,
            ["explicit_max_ttl"] = entry.ExplicitMaxTtl,
            ["id"] = token,
            ["meta"] = MetaOf(entry),
            ["num_uses"] = entry.NumUses,
            ["orphan"] = entry.Parent is null,
            ["path"] = entry.Path,
            ["policies"] = VaultJson.Array(entry.Policies),
            ["ttl"] = Remaining(entry),
            ["type"] = "service",
        };
        if (entry.ExpireTime is not null)
        {
            data["renewable"] = entry.Renewable;
            data["issue_time"] = Timestamps.Text(entry.CreationTime);
        }

        if (entry.LastRenewal is { } renewal)
        {
            data["last_renewal"] = Timestamps.Text(renewal);
            data["last_renewal_time"] = renewal.ToUnixTimeSeconds();
        }

        if (entry.Period > 0)
        {
            data["period"] = entry.Period;
        }

        return data;
    }

    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private static JsonObject? MetaOf(TokenEntry entry) => entry.Meta is null
        ? null
        : new JsonObject(entry.Meta.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));

    private static long Limit(long ttl, long maximum, long explicitMaximum, long period, bool endless)
    {
        if (endless)
        {
            return 0;
        }

        ttl = period > 0 ? ttl : Math.Min(ttl, maximum > 0 ? Math.Min(maximum, SystemLimits.MaximumTtl) : SystemLimits.MaximumTtl);
        return explicitMaximum > 0 ? Math.Min(ttl, explicitMaximum) : ttl;
    }
}
