using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>KV: one mount type, two versions of it, told apart by the mount's options.</summary>
internal sealed class KeyValueEngine(SealBarrier barrier, TimeProvider time) : IEngine
{
    private readonly KeyValueOneEngine _one = new(barrier);
    private readonly KeyValueTwoEngine _two = new(barrier, time);

    public string Type => "kv";

    public Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken) => IsVersionTwo(request.Mount)
        ? _two.HandleAsync(request, cancellationToken)
        : _one.HandleAsync(request, cancellationToken);

    public bool? Exists(EngineRequest request) => IsVersionTwo(request.Mount) ? _two.Exists(request) : _one.Exists(request);

    private static bool IsVersionTwo(MountEntry mount) => mount.Options?.GetValueOrDefault("version") == "2";
}
