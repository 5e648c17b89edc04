namespace Blackstart.Lab.Vault.Storage;

/// <summary>Where Vault keeps its sealed entries: names and values that say nothing without the keyring.</summary>
internal interface IVaultStorage : IAsyncDisposable
{
    /// <summary>Everything stored, by name. A snapshot: it does not change under its reader.</summary>
    IReadOnlyDictionary<string, byte[]> Entries { get; }

    /// <summary>Applies all changes or none; on stable storage when it returns.</summary>
    /// <exception cref="VaultStorageException">The device is gone or full.</exception>
    Task WriteAsync(IReadOnlyList<StorageChange> changes, CancellationToken cancellationToken);

    /// <summary>Asks the device for a block, so that an idle process notices its loss.</summary>
    /// <exception cref="VaultStorageException">The device is gone.</exception>
    Task CheckAsync(CancellationToken cancellationToken);
}
