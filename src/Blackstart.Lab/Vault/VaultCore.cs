using System.Security.Cryptography;
using Blackstart.Lab.Vault.Crypto;
using Blackstart.Lab.Vault.Engines;
using Blackstart.Lab.Vault.Leases;
using Blackstart.Lab.Vault.Policies;
using Blackstart.Lab.Vault.Storage;
using Blackstart.Lab.Vault.Tokens;

namespace Blackstart.Lab.Vault;

/// <summary>A Vault over a storage: initialised or not, sealed or open; when open it answers requests.</summary>
internal sealed class VaultCore
{
    private const int MinimumKeyLength = 16;
    private const int KeyLength = 32;

    private readonly TimeProvider _time;
    private readonly Exclusive _sealing = new();
    private readonly Dictionary<string, IEngine> _engines;

    public VaultCore(IVaultStorage storage, TimeProvider time)
    {
        _time = time;
        Barrier = new SealBarrier(storage);
        Mounts = new MountTable(Barrier);
        Tokens = new TokenStore(Barrier, time);
        Policies = new PolicyStore(Barrier);
        Leases = new LeaseStore(Barrier, time);
        Revocation = new Revocation(this);
        IEngine[] engines =
        [
            new SystemEngine(this),
            new TokenEngine(this, time),
            new CubbyholeEngine(Barrier),
            new KeyValueEngine(Barrier, time),
            new DatabaseEngine(Barrier, Leases, time),
            new KubernetesEngine(Barrier, Tokens),
            new AppRoleEngine(Barrier, Tokens, time),
        ];
        _engines = engines.ToDictionary(engine => engine.Type, StringComparer.Ordinal);
    }

    public SealBarrier Barrier { get; }

    public MountTable Mounts { get; }

    public TokenStore Tokens { get; }

    public PolicyStore Policies { get; }

    public LeaseStore Leases { get; }

    public Revocation Revocation { get; }

    public UnsealProgress Progress { get; private set; } = UnsealProgress.None;

    /// <summary>Null while it is sealed.</summary>
    public Cluster? Cluster => Barrier.IsSealed ? null : Barrier.Get<Cluster>(Cluster.Path);

    /// <summary>The engine of a mount type, or null.</summary>
    public IEngine? EngineOf(string type) => _engines.GetValueOrDefault(type);

    /// <summary>Makes a new Vault; it is sealed afterwards.</summary>
    /// <exception cref="VaultFault">400: initialised already, or an impossible number of shares.</exception>
    public async Task<InitialKeys> InitializeAsync(int shares, int threshold, CancellationToken cancellationToken)
    {
        await _sealing.WaitAsync(cancellationToken);
        try
        {
            if (Barrier.Configuration is not null)
            {
                throw new VaultFault(400, "Vault is already initialized");
            }

            RequirePossible(shares, threshold);
            var (token, entry) = Tokens.Build(new TokenRequest { Policies = ["root"], Path = "auth/token/root", DisplayName = "root" });
            var entries = new Dictionary<string, byte[]>(StringComparer.Ordinal)
            {
                [Cluster.Path] = VaultJson.ToBytes(new Cluster(
                    Guid.NewGuid().ToString(),
                    "vault-cluster-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)))),
                [TokenStore.PathOf(entry.Hash)] = VaultJson.ToBytes(entry),
                [PolicyStore.PathOf("default")] = VaultJson.ToBytes(new Policy("default", PolicyStore.DefaultRules)),
            };
            foreach (var mount in MountTable.Initial)
            {
                entries[MountTable.PathOf(mount.Path)] = VaultJson.ToBytes(mount);
            }

            var keys = await Barrier.InitializeAsync(new SealConfiguration(shares, threshold), entries, _time.GetUtcNow(), cancellationToken);
            return new InitialKeys(keys, token);
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>Takes a part of the unseal key; with the last one needed it opens, or forgets the parts when they are wrong.</summary>
    /// <exception cref="VaultFault">400: not a key, or the parts given do not open it.</exception>
    public async Task UnsealAsync(byte[] part, CancellationToken cancellationToken)
    {
        await _sealing.WaitAsync(cancellationToken);
        try
        {
            var configuration = Barrier.Configuration ?? throw new VaultFault(400, "Vault is not initialized");
            if (part.Length < MinimumKeyLength)
            {
                throw new VaultFault(400, $"invalid key: key is shorter than minimum {MinimumKeyLength} bytes");
            }

            if (part.Length > KeyLength + 1)
            {
                throw new VaultFault(400, $"invalid key: key is longer than maximum {KeyLength + 1} bytes");
            }

            if (!Barrier.IsSealed || Progress.Parts.Any(given => given.AsSpan().SequenceEqual(part)))
            {
                return;
            }

            Progress = new UnsealProgress(Progress.Parts.Count == 0 ? Guid.NewGuid().ToString() : Progress.Nonce, [.. Progress.Parts, part]);
            if (Progress.Parts.Count < configuration.Threshold)
            {
                return;
            }

            var parts = Progress.Parts;
            Progress = UnsealProgress.None;
            if (Combine(parts) is not { Length: KeyLength } key || !Barrier.TryUnseal(key))
            {
                throw new VaultFault(400, "Unseal failed, invalid key");
            }

            CryptographicOperations.ZeroMemory(key);
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>Forgets the parts given so far.</summary>
    public void ResetUnseal() => Progress = UnsealProgress.None;

    /// <summary>Answers a request of an open Vault. Null: nothing is there, or it is done.</summary>
    /// <exception cref="VaultFault">Refused, failed or sealed.</exception>
    public async Task<VaultResponse?> HandleAsync(VaultRequest request, CancellationToken cancellationToken)
    {
        if (Barrier.IsSealed)
        {
            throw VaultFault.Sealed;
        }

        var mount = Mounts.Match(request.Path);
        var engine = mount is null ? null : EngineOf(mount.Type);
        var path = mount is null ? string.Empty : request.Path.Length > mount.Path.Length ? request.Path[mount.Path.Length..] : string.Empty;
        if (mount is not null && engine is not null && engine.IsOpen(path))
        {
            return await engine.HandleAsync(Below(mount, path, request, null), cancellationToken);
        }

        var token = await AuthenticateAsync(request.ClientToken, cancellationToken);
        try
        {
            var below = mount is null ? null : Below(mount, path, request, token);
            var creates = request.Operation == VaultOperation.Update && below is not null && engine?.Exists(below) == false;
            Authorize(token, request.Operation, creates, request.Path);
            return below is null || engine is null
                ? throw new VaultFault(404, $"no handler for route '{request.Path}'")
                : await engine.HandleAsync(below, cancellationToken);
        }
        finally
        {
            if (token.NumUses < 0 && !Barrier.IsSealed)
            {
                await Revocation.RevokeAsync(token, CancellationToken.None);
            }
        }
    }

    /// <summary>Seals, for a token that may.</summary>
    /// <exception cref="VaultFault">403: it may not.</exception>
    public async Task SealAsync(string? clientToken, CancellationToken cancellationToken)
    {
        if (Barrier.IsSealed)
        {
            return;
        }

        TokenEntry token;
        try
        {
            token = await AuthenticateAsync(clientToken, cancellationToken);
            Authorize(token, VaultOperation.Update, creates: false, "sys/seal");
        }
        catch (VaultFault fault) when (fault.Status == 403)
        {
            throw VaultFault.Collected(403, "permission denied");
        }

        await _sealing.WaitAsync(cancellationToken);
        try
        {
            Progress = UnsealProgress.None;
            Barrier.Seal();
        }
        finally
        {
            _sealing.Release();
        }
    }

    private async Task<TokenEntry> AuthenticateAsync(string? clientToken, CancellationToken cancellationToken)
    {
        var token = string.IsNullOrEmpty(clientToken) ? null : Tokens.Find(clientToken);
        return (token is null ? null : await Tokens.UseAsync(token, cancellationToken)) ?? throw VaultFault.Denied;
    }

    private void Authorize(TokenEntry token, VaultOperation operation, bool creates, string path)
    {
        var capability = operation switch
        {
            VaultOperation.Read => "read",
            VaultOperation.List => "list",
            VaultOperation.Delete => "delete",
            _ => creates ? "create" : "update",
        };
        if (!Policies.AccessOf(token.Policies).Allows(capability, path, ProtectedPaths.Contain(path)))
        {
            throw VaultFault.Denied;
        }
    }

    private static EngineRequest Below(MountEntry mount, string path, VaultRequest request, TokenEntry? token) =>
        new(mount, request.Operation, path, request.Data, request.Query, request.ClientToken ?? string.Empty, token);

    private static byte[]? Combine(IReadOnlyList<byte[]> parts)
    {
        try
        {
            return parts.Count == 1 ? [.. parts[0]] : KeyShares.Combine(parts);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static void RequirePossible(int shares, int threshold)
    {
        var problem = (shares, threshold) switch
        {
            ( < 1, _) => "shares must be at least one",
            (_, < 1) => "threshold must be at least one",
            ( > 255, _) => "shares must be less than 256",
            _ when threshold > shares => "threshold cannot be larger than shares",
            ( > 1, 1) => "threshold must be greater than one for multiple shares",
            _ => null,
        };
        if (problem is not null)
        {
            throw new VaultFault(400, $"invalid seal configuration: {problem}");
        }
    }
}
