using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>KV version 1: a path holds an object.</summary>
internal sealed class KeyValueOneEngine(SealBarrier barrier)
{
    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var path = request.Storage + request.Path;
        switch (request.Operation)
        {
            case VaultOperation.Read:
                return barrier.Get<JsonObject>(path) is { } data
                    ? new VaultResponse { Data = data, LeaseDuration = LifeOf(request, data) }
                    : null;
            case VaultOperation.List:
                return VaultResponse.Keys(barrier.Children(request.Path.Length == 0 ? request.Storage : path.TrimEnd('/') + "/"));
            case VaultOperation.Update when request.Path.Length == 0 || request.Path.EndsWith('/'):
                throw new VaultFault(400, "cannot write to a path ending in '/'");
            case VaultOperation.Update when request.Data.Count == 0:
                throw new VaultFault(400, "missing data fields");
            case VaultOperation.Update:
                await barrier.PutAsync(path, request.Data, cancellationToken);
                return null;
            default:
                await barrier.DeleteAsync(path, cancellationToken);
                return null;
        }
    }

    public bool Exists(EngineRequest request) => barrier.Has(request.Storage + request.Path);

    /// <summary>A secret may carry its own <c>ttl</c>, a hint for its readers.</summary>
    private static long LifeOf(EngineRequest request, JsonObject data)
    {
        try
        {
            return VaultJson.Seconds(data, "ttl") ?? (request.Mount.DefaultLeaseTtl > 0 ? request.Mount.DefaultLeaseTtl : SystemLimits.DefaultTtl);
        }
        catch (VaultFault)
        {
            return SystemLimits.DefaultTtl;
        }
    }
}
