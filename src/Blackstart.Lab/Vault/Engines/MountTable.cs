using System.Security.Cryptography;
using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>What answers where.</summary>
internal sealed class MountTable(SealBarrier barrier)
{
    private const string Prefix = "mount/";

    /// <summary>The mounts of a new Vault.</summary>
    public static IReadOnlyList<MountEntry> Initial { get; } =
    [
        New("sys/", "system", "system endpoints used for control, policy and debugging"),
        New("cubbyhole/", "cubbyhole", "per-token private secret storage") with { Local = true },
        New("auth/token/", "token", "token based credentials"),
    ];

    public static MountEntry New(string path, string type, string description) => new()
    {
        Path = path,
        Type = type,
        Description = description,
        Uuid = Guid.NewGuid().ToString(),
        Accessor = (path.StartsWith("auth/", StringComparison.Ordinal) ? "auth_" : string.Empty) + type + "_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)),
    };

    public static string PathOf(string path) => Prefix + path;

    public IReadOnlyList<MountEntry> All() => [.. barrier.Paths(Prefix).Select(path => barrier.Get<MountEntry>(path)).OfType<MountEntry>()];

    public MountEntry? Find(string path) => barrier.Get<MountEntry>(PathOf(path));

    /// <summary>The mount a request's path belongs to.</summary>
    public MountEntry? Match(string path) => All().Where(mount => path.StartsWith(mount.Path, StringComparison.Ordinal) || path + "/" == mount.Path)
        .MaxBy(mount => mount.Path.Length);

    /// <summary>The mount a new one at this path would collide with.</summary>
    public MountEntry? Conflict(string path) =>
        All().FirstOrDefault(mount => path.StartsWith(mount.Path, StringComparison.Ordinal) || mount.Path.StartsWith(path, StringComparison.Ordinal));

    public Task PutAsync(MountEntry mount, CancellationToken cancellationToken) => barrier.PutAsync(PathOf(mount.Path), mount, cancellationToken);

    /// <summary>Takes a mount away together with everything it stored, in one step.</summary>
    public Task RemoveAsync(MountEntry mount, CancellationToken cancellationToken) => barrier.WriteAsync(
        [(PathOf(mount.Path), null), .. barrier.Paths(mount.Storage).Select(path => (path, (byte[]?)null))],
        cancellationToken);

    public Task MoveAsync(MountEntry mount, string path, CancellationToken cancellationToken) => barrier.WriteAsync(
        [(PathOf(mount.Path), null), (PathOf(path), VaultJson.ToBytes(mount with { Path = path }))],
        cancellationToken);
}
