using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>A private place for each token.</summary>
internal sealed class CubbyholeEngine(SealBarrier barrier) : IEngine
{
    private readonly KeyValueOneEngine _store = new(barrier);

    public string Type => "cubbyhole";

    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var response = await _store.HandleAsync(Own(request), cancellationToken);
        return response?.LeaseDuration > 0 ? VaultResponse.Of(response.Data!) : response;
    }

    public bool? Exists(EngineRequest request) => _store.Exists(Own(request));

    /// <summary>Where a token's entries are, so that they go with it.</summary>
    public static string StorageOf(MountEntry mount, string tokenHash) => $"{mount.Storage}{tokenHash}/";

    private static EngineRequest Own(EngineRequest request) =>
        request with { Mount = request.Mount with { Uuid = $"{request.Mount.Uuid}/{request.Token?.Hash}" } };
}
