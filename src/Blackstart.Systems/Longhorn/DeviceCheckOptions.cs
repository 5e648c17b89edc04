namespace Blackstart.Systems.Longhorn;

/// <summary>What is asked of a device.</summary>
/// <param name="Hash">Whether SHA-256 of every byte is wanted.</param>
/// <param name="FileSystem">Whether its file system is checked: ext2, 3 and 4, on a sparse copy in the cache folder.</param>
/// <param name="Bytes">How many bytes are read; null for all.</param>
public sealed record DeviceCheckOptions(bool Hash, bool FileSystem, long? Bytes = null);
