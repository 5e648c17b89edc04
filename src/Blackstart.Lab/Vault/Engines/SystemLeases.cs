using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary><c>sys/leases</c>, and the older <c>sys/renew</c>, <c>sys/revoke</c> and <c>sys/revoke-prefix</c>.</summary>
internal sealed class SystemLeases(VaultCore core)
{
    /// <summary>Answers a request about leases.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path"><c>lookup</c>, <c>renew</c>, <c>revoke</c>, <c>revoke-prefix/…</c> or <c>revoke-force/…</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<VaultResponse?> HandleAsync(EngineRequest request, string path, CancellationToken cancellationToken)
    {
        var verb = path.Split('/', 2)[0];
        var rest = path.Length > verb.Length ? path[(verb.Length + 1)..] : string.Empty;
        switch (request.Operation, verb)
        {
            case (VaultOperation.Update, "lookup"):
                return Lookup(request, rest);
            case (VaultOperation.List, "lookup"):
                return VaultResponse.Keys(core.Leases.Children(rest.Length == 0 ? string.Empty : rest + "/"));
            case (VaultOperation.Update, "renew"):
                return await RenewAsync(request, rest, cancellationToken);
            case (VaultOperation.Update, "revoke"):
                if (core.Leases.Find(IdOf(request, rest)) is { } lease)
                {
                    await RevokeAsync(request, lease, cancellationToken);
                }

                return null;
            case (VaultOperation.Update, "revoke-prefix"):
                await core.Revocation.RevokeAllAsync(core.Leases.Under(rest.TrimEnd('/') + "/"), cancellationToken);
                return null;
            case (VaultOperation.Update, "revoke-force"):
                await core.Revocation.ForgetAsync(core.Leases.Under(rest.TrimEnd('/') + "/"), cancellationToken);
                return null;
            default:
                throw EngineRequest.UnsupportedPath;
        }
    }

    private VaultResponse Lookup(EngineRequest request, string rest)
    {
        var lease = core.Leases.Find(IdOf(request, rest)) ?? throw new VaultFault(400, "invalid lease");
        return VaultResponse.Of(new JsonObject
        {
            ["id"] = lease.Id,
            ["issue_time"] = Timestamps.Text(lease.IssueTime),
            ["expire_time"] = Timestamps.Text(lease.ExpireTime),
            ["last_renewal"] = lease.LastRenewal is { } renewal ? Timestamps.Text(renewal) : null,
            ["renewable"] = true,
            ["ttl"] = core.Leases.Remaining(lease),
        });
    }

    private async Task<VaultResponse> RenewAsync(EngineRequest request, string rest, CancellationToken cancellationToken)
    {
        var lease = core.Leases.Find(IdOf(request, rest)) ?? throw new VaultFault(400, "lease not found or lease is not renewable");
        var (renewed, warnings) = core.Leases.Extend(lease, VaultJson.Seconds(request.Data, "increment") ?? 0);
        var mount = core.Mounts.All().FirstOrDefault(candidate => candidate.Uuid == lease.Mount) ?? throw new VaultFault(400, "lease not found or lease is not renewable");
        await core.EngineOf(mount.Type)!.RenewAsync(mount, renewed, cancellationToken);
        await core.Leases.PutAsync(renewed, cancellationToken);
        return new VaultResponse
        {
            LeaseId = renewed.Id,
            LeaseDuration = core.Leases.Remaining(renewed),
            Renewable = true,
            Warnings = warnings,
        };
    }

    private async Task RevokeAsync(EngineRequest request, Leases.Lease lease, CancellationToken cancellationToken)
    {
        if (VaultJson.Flag(request.Data, "sync") == true)
        {
            await core.Revocation.RevokeAsync(lease, cancellationToken);
        }
        else
        {
            await core.Revocation.RevokeAllAsync([lease], cancellationToken);
        }
    }

    private static string IdOf(EngineRequest request, string rest)
    {
        var id = VaultJson.Text(request.Data, "lease_id") is { Length: > 0 } given ? given : rest;
        return id.Length > 0 ? id : throw new VaultFault(400, "lease_id must be specified");
    }
}
