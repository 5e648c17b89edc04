namespace Blackstart.Longhorn.Scanning;

/// <summary>A Longhorn disk: a folder with <c>longhorn-disk.cfg</c>, or a block device of the V2 data engine.</summary>
/// <param name="Path">The folder or device, absolute.</param>
/// <param name="Uuid">The disk's UUID by its <c>longhorn-disk.cfg</c>; null if it says none.</param>
/// <param name="Engine"><c>v1</c>, whose replicas are directories, or <c>v2</c>, whose replicas are logical volumes inside the device and are not read here.</param>
public sealed record FoundDisk(string Path, string? Uuid, string Engine = FoundDisk.FirstEngine)
{
    /// <summary>The engine whose replicas are directories.</summary>
    public const string FirstEngine = "v1";

    /// <summary>The engine that is built on SPDK.</summary>
    public const string SecondEngine = "v2";

    /// <summary>The disk is of the engine that is not read here.</summary>
    public bool IsSecondEngine => string.Equals(Engine, SecondEngine, StringComparison.Ordinal);
}
