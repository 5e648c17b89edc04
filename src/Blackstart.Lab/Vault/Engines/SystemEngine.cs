namespace Blackstart.Lab.Vault.Engines;

/// <summary><c>sys</c>: what governs the rest. Each part answers for its first segment.</summary>
internal sealed class SystemEngine(VaultCore core) : IEngine
{
    private readonly SystemMounts _mounts = new(core);
    private readonly SystemPolicies _policies = new(core);
    private readonly SystemLeases _leases = new(core);

    public string Type => "system";

    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var path = request.Path.TrimEnd('/');
        var first = path.Split('/', 2)[0];
        var rest = path.Length > first.Length ? path[(first.Length + 1)..] : string.Empty;
        switch (first)
        {
            case "mounts":
                return await _mounts.HandleAsync(request, rest, string.Empty, cancellationToken);
            case "auth":
                return await _mounts.HandleAsync(request, rest, "auth/", cancellationToken);
            case "remount" when request.Operation == VaultOperation.Update:
                return await _mounts.MoveAsync(request, cancellationToken);
            case "policy":
                return await _policies.HandleAsync(request, rest, isOld: true, cancellationToken);
            case "policies" when rest == "acl" || rest.StartsWith("acl/", StringComparison.Ordinal):
                return await _policies.HandleAsync(request, rest.Length > 4 ? rest[4..] : string.Empty, isOld: false, cancellationToken);
            case "capabilities" or "capabilities-self" or "capabilities-accessor" when request.Operation == VaultOperation.Update:
                return _policies.Capabilities(request, first);
            case "leases":
                return await _leases.HandleAsync(request, rest, cancellationToken);
            case "renew" or "revoke" or "revoke-prefix":
                return await _leases.HandleAsync(request, path, cancellationToken);
            case "key-status" when request.Operation == VaultOperation.Read:
                var (term, installed) = core.Barrier.KeyStatus;
                return new VaultResponse
                {
                    Data = new System.Text.Json.Nodes.JsonObject { ["term"] = term, ["install_time"] = Timestamps.Text(installed) },
                    RepeatsData = true,
                };
            default:
                throw EngineRequest.UnsupportedPath;
        }
    }
}
