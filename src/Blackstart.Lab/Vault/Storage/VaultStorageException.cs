namespace Blackstart.Lab.Vault.Storage;

/// <summary>A write was not done and nothing of it acknowledged: the device failed, or there is no room.</summary>
internal sealed class VaultStorageException(string message, Exception? inner = null, bool isDeviceLost = false) : IOException(message, inner)
{
    /// <summary>The device is gone, and everything after this fails as well.</summary>
    public bool IsDeviceLost { get; } = isDeviceLost;
}
