using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Blackstart.Lab.Vault.Storage;

namespace Blackstart.Lab.Vault.Crypto;

/// <summary>
/// Everything Vault keeps passes here. The unseal key opens the root key, the root key the keyring, the keyring the entries;
/// only the seal's configuration is stored in the clear. Paths are hidden behind a keyed hash. Sealing forgets the keys.
/// </summary>
internal sealed class SealBarrier(IVaultStorage storage)
{
    private const string ConfigurationName = "core/seal-configuration";
    private const string RootKeyName = "core/root-key";
    private const string KeyringName = "core/keyring";
    private const string EntryPrefix = "entry/";
    private const int KeyLength = 32;

    private readonly Lock _lock = new();
    private Keyring? _keyring;
    private ImmutableDictionary<string, byte[]> _entries = ImmutableDictionary<string, byte[]>.Empty;

    /// <summary>Null while Vault is not initialised.</summary>
    public SealConfiguration? Configuration =>
        storage.Entries.TryGetValue(ConfigurationName, out var bytes) ? VaultJson.FromBytes<SealConfiguration>(bytes) : null;

    public bool IsSealed => Volatile.Read(ref _keyring) is null;

    /// <summary>Rises with each change; what is derived from entries is stale when it differs.</summary>
    public long Version { get; private set; }

    /// <summary>Writes a new Vault, sealed, in one step: after a crash there is all of it or nothing.</summary>
    /// <returns>The shares of the unseal key; with one share, the key itself.</returns>
    public async Task<IReadOnlyList<byte[]>> InitializeAsync(
        SealConfiguration configuration,
        IReadOnlyDictionary<string, byte[]> entries,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var unsealKey = RandomNumberGenerator.GetBytes(KeyLength);
        var rootKey = RandomNumberGenerator.GetBytes(KeyLength);
        var keyring = new Keyring(1, RandomNumberGenerator.GetBytes(KeyLength), RandomNumberGenerator.GetBytes(KeyLength), now);
        var shares = configuration.Shares == 1 ? [unsealKey] : KeyShares.Split(unsealKey, configuration.Shares, configuration.Threshold);
        var changes = new List<StorageChange>
        {
            new(ConfigurationName, VaultJson.ToBytes(configuration)),
            new(RootKeyName, SealedBox.Close(unsealKey, RootKeyName, rootKey)),
            new(KeyringName, SealedBox.Close(rootKey, KeyringName, VaultJson.ToBytes(keyring))),
        };
        changes.AddRange(entries.Select(entry => Close(keyring, entry.Key, entry.Value)));
        await storage.WriteAsync(changes, cancellationToken);
        return shares;
    }

    /// <summary>Opens the barrier; false when the key is wrong, and nothing has changed then.</summary>
    public bool TryUnseal(byte[] unsealKey)
    {
        Keyring keyring;
        try
        {
            var rootKey = SealedBox.Open(unsealKey, RootKeyName, storage.Entries[RootKeyName]);
            keyring = VaultJson.FromBytes<Keyring>(SealedBox.Open(rootKey, KeyringName, storage.Entries[KeyringName]));
            CryptographicOperations.ZeroMemory(rootKey);
        }
        catch (CryptographicException)
        {
            return false;
        }

        lock (_lock)
        {
            _entries = storage.Entries.Where(entry => entry.Key.StartsWith(EntryPrefix, StringComparison.Ordinal))
                .Select(entry => Open(keyring, entry.Key, entry.Value))
                .ToImmutableDictionary(entry => entry.Path, entry => entry.Value, StringComparer.Ordinal);
            Version++;
            Volatile.Write(ref _keyring, keyring);
        }

        return true;
    }

    /// <summary>Forgets the keys and what they opened.</summary>
    public void Seal()
    {
        lock (_lock)
        {
            if (_keyring is { } keyring)
            {
                CryptographicOperations.ZeroMemory(keyring.EntryKey);
                CryptographicOperations.ZeroMemory(keyring.NameKey);
            }

            Volatile.Write(ref _keyring, null);
            _entries = ImmutableDictionary<string, byte[]>.Empty;
            Version++;
        }
    }

    /// <summary>The key's term and when it came into use.</summary>
    /// <exception cref="VaultFault">503: sealed.</exception>
    public (int Term, DateTimeOffset InstallTime) KeyStatus
    {
        get
        {
            var keyring = _keyring ?? throw VaultFault.Sealed;
            return (keyring.Term, keyring.InstallTime);
        }
    }

    /// <summary>The entry at a path, or null.</summary>
    /// <exception cref="VaultFault">503: sealed.</exception>
    public T? Get<T>(string path)
        where T : class => RequireEntries().TryGetValue(path, out var bytes) ? VaultJson.FromBytes<T>(bytes) : null;

    public bool Has(string path) => RequireEntries().ContainsKey(path);

    /// <summary>All paths that begin with a prefix, in order.</summary>
    /// <exception cref="VaultFault">503: sealed.</exception>
    public IReadOnlyList<string> Paths(string prefix) =>
        [.. RequireEntries().Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>What stands directly under a prefix: names, and folders with a slash at the end.</summary>
    public IReadOnlyList<string> Children(string prefix) =>
        [.. Paths(prefix).Select(path => path[prefix.Length..])
            .Select(name => name.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? name[..(slash + 1)] : name)
            .Where(name => name.Length > 0)
            .Distinct(StringComparer.Ordinal)];

    public Task PutAsync<T>(string path, T value, CancellationToken cancellationToken) =>
        WriteAsync([(path, VaultJson.ToBytes(value))], cancellationToken);

    public Task DeleteAsync(string path, CancellationToken cancellationToken) =>
        Has(path) ? WriteAsync([(path, null)], cancellationToken) : Task.CompletedTask;

    public Task DeleteAllAsync(string prefix, CancellationToken cancellationToken)
    {
        var changes = Paths(prefix).Select(path => (path, (byte[]?)null)).ToList();
        return changes.Count == 0 ? Task.CompletedTask : WriteAsync(changes, cancellationToken);
    }

    /// <summary>Writes and deletes in one step; on stable storage when it returns.</summary>
    /// <exception cref="VaultFault">503: sealed.</exception>
    /// <exception cref="VaultStorageException">The device failed.</exception>
    public async Task WriteAsync(IReadOnlyList<(string Path, byte[]? Value)> changes, CancellationToken cancellationToken)
    {
        List<StorageChange> sealedChanges;
        lock (_lock)
        {
            var keyring = _keyring ?? throw VaultFault.Sealed;
            sealedChanges = [.. changes.Select(change => Close(keyring, change.Path, change.Value))];
        }

        await storage.WriteAsync(sealedChanges, cancellationToken);
        lock (_lock)
        {
            if (_keyring is null)
            {
                return;
            }

            var entries = _entries.ToBuilder();
            foreach (var (path, value) in changes)
            {
                if (value is null)
                {
                    entries.Remove(path);
                }
                else
                {
                    entries[path] = value;
                }
            }

            _entries = entries.ToImmutable();
            Version++;
        }
    }

    private ImmutableDictionary<string, byte[]> RequireEntries()
    {
        lock (_lock)
        {
            return _keyring is null ? throw VaultFault.Sealed : _entries;
        }
    }

    private static StorageChange Close(Keyring keyring, string path, byte[]? value)
    {
        var pathBytes = Encoding.UTF8.GetBytes(path);
        var name = EntryPrefix + Convert.ToHexStringLower(HMACSHA256.HashData(keyring.NameKey, pathBytes));
        if (value is null)
        {
            return new StorageChange(name, null);
        }

        var content = new byte[4 + pathBytes.Length + value.Length];
        BitConverter.TryWriteBytes(content, pathBytes.Length);
        pathBytes.CopyTo(content, 4);
        value.CopyTo(content, 4 + pathBytes.Length);
        return new StorageChange(name, SealedBox.Close(keyring.EntryKey, name, content));
    }

    private static (string Path, byte[] Value) Open(Keyring keyring, string name, byte[] box)
    {
        var content = SealedBox.Open(keyring.EntryKey, name, box);
        var length = BitConverter.ToInt32(content);
        return (Encoding.UTF8.GetString(content, 4, length), content[(4 + length)..]);
    }
}
