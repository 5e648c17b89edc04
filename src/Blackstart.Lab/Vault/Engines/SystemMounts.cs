using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary><c>sys/mounts</c>, <c>sys/auth</c> and <c>sys/remount</c>.</summary>
internal sealed class SystemMounts(VaultCore core)
{
    private static readonly string[] Protected = ["sys/", "cubbyhole/", "auth/", "identity/"];
    private static readonly string[] Secrets = ["kv", "database"];
    private static readonly string[] Methods = ["kubernetes", "approle"];

    /// <summary>Answers a request about mounts.</summary>
    /// <param name="request">The request.</param>
    /// <param name="rest">What stands behind <c>sys/mounts/</c> or <c>sys/auth/</c>.</param>
    /// <param name="prefix"><c>auth/</c> for authentication mounts, else empty.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<VaultResponse?> HandleAsync(EngineRequest request, string rest, string prefix, CancellationToken cancellationToken)
    {
        if (rest.Length == 0)
        {
            return request.Operation == VaultOperation.Read ? All(prefix) : throw EngineRequest.UnsupportedOperation;
        }

        if (rest.EndsWith("/tune", StringComparison.Ordinal))
        {
            return await TuneAsync(request, prefix + rest[..^"tune".Length], cancellationToken);
        }

        var path = $"{prefix}{rest.TrimEnd('/')}/";
        switch (request.Operation)
        {
            case VaultOperation.Update:
                await MountAsync(request, path, prefix, cancellationToken);
                return null;
            case VaultOperation.Delete:
                await UnmountAsync(path, cancellationToken);
                return null;
            case VaultOperation.Read:
                return VaultResponse.Of(Describe(core.Mounts.Find(path) ?? throw new VaultFault(400, $"No secret engine mount at {path}")));
            default:
                throw EngineRequest.UnsupportedOperation;
        }
    }

    public async Task<VaultResponse?> MoveAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var from = $"{(VaultJson.Text(request.Data, "from") ?? string.Empty).Trim('/')}/";
        var to = $"{(VaultJson.Text(request.Data, "to") ?? string.Empty).Trim('/')}/";
        var mount = core.Mounts.Find(from) ?? throw new VaultFault(400, $"no matching mount at \"{from}\"");
        if (IsProtected(from) || IsProtected(to))
        {
            throw new VaultFault(400, $"cannot remount '{(IsProtected(from) ? from : to)}'");
        }

        if (core.Mounts.Conflict(to) is { } conflict)
        {
            throw new VaultFault(400, $"existing mount at {conflict.Path}");
        }

        // Leases are found by their path: what was given from the old one ends with it.
        await core.Revocation.RevokeAllAsync(core.Leases.Under(from), cancellationToken);
        await core.Mounts.MoveAsync(mount, to, cancellationToken);
        return VaultResponse.Of(new JsonObject { ["migration_id"] = Guid.NewGuid().ToString() });
    }

    private VaultResponse All(string prefix) => new()
    {
        Data = new JsonObject(core.Mounts.All().Where(mount => mount.IsAuth == (prefix.Length > 0))
            .Select(mount => KeyValuePair.Create<string, JsonNode?>(mount.Path[prefix.Length..], Describe(mount)))),
        RepeatsData = true,
    };

    private async Task MountAsync(EngineRequest request, string path, string prefix, CancellationToken cancellationToken)
    {
        var type = VaultJson.Text(request.Data, "type") ?? string.Empty;
        if (type.Length == 0)
        {
            throw new VaultFault(400, "backend type must be specified as a string");
        }

        if (prefix.Length == 0 && IsProtected(path))
        {
            throw new VaultFault(400, $"cannot mount '{path}'");
        }

        var options = (request.Data["options"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? string.Empty, StringComparer.Ordinal);
        if (type == "kv-v2")
        {
            (type, options["version"]) = ("kv", "2");
        }

        if (!(prefix.Length > 0 ? Methods : Secrets).Contains(type))
        {
            throw new VaultFault(400, $"unknown backend type: \"{type}\"");
        }

        if (core.Mounts.Conflict(path) is { } conflict)
        {
            throw new VaultFault(400, prefix.Length > 0 ? "path is already in use" : $"existing mount at {conflict.Path}");
        }

        var config = request.Data["config"] as JsonObject ?? [];
        await core.Mounts.PutAsync(
            MountTable.New(path, type, VaultJson.Text(request.Data, "description") ?? string.Empty) with
            {
                DefaultLeaseTtl = VaultJson.Seconds(config, "default_lease_ttl") ?? 0,
                MaxLeaseTtl = VaultJson.Seconds(config, "max_lease_ttl") ?? 0,
                Options = options,
            },
            cancellationToken);
    }

    private async Task UnmountAsync(string path, CancellationToken cancellationToken)
    {
        if (Protected.Contains(path) || path == "auth/token/")
        {
            throw new VaultFault(400, $"cannot unmount '{path}'");
        }

        if (core.Mounts.Find(path) is not { } mount)
        {
            return;
        }

        foreach (var token in core.Tokens.All().Where(token => mount.IsAuth && token.Path.StartsWith(path, StringComparison.Ordinal)).ToList())
        {
            await core.Revocation.RevokeAsync(token, cancellationToken);
        }

        // The engine needs its configuration to take things back, so all of it must be gone before the mount goes.
        foreach (var lease in core.Leases.Under(path))
        {
            await core.Revocation.RevokeAsync(lease, cancellationToken);
        }

        await core.Mounts.RemoveAsync(mount, cancellationToken);
    }

    private async Task<VaultResponse?> TuneAsync(EngineRequest request, string path, CancellationToken cancellationToken)
    {
        var mount = core.Mounts.Find(path) ?? throw new VaultFault(400, $"cannot fetch sysview for path \"{path}\"");
        if (request.Operation == VaultOperation.Read)
        {
            return new VaultResponse
            {
                Data = new JsonObject
                {
                    ["default_lease_ttl"] = mount.DefaultLeaseTtl > 0 ? mount.DefaultLeaseTtl : SystemLimits.DefaultTtl,
                    ["force_no_cache"] = false,
                    ["max_lease_ttl"] = mount.MaxLeaseTtl > 0 ? mount.MaxLeaseTtl : SystemLimits.MaximumTtl,
                },
                RepeatsData = true,
            };
        }

        if (request.Operation != VaultOperation.Update)
        {
            throw EngineRequest.UnsupportedOperation;
        }

        await core.Mounts.PutAsync(
            mount with
            {
                DefaultLeaseTtl = VaultJson.Seconds(request.Data, "default_lease_ttl") ?? mount.DefaultLeaseTtl,
                MaxLeaseTtl = VaultJson.Seconds(request.Data, "max_lease_ttl") ?? mount.MaxLeaseTtl,
                Description = VaultJson.Text(request.Data, "description") ?? mount.Description,
            },
            cancellationToken);
        return null;
    }

    private static bool IsProtected(string path) => Array.Exists(Protected, prefix => path.StartsWith(prefix, StringComparison.Ordinal));

    private static JsonObject Describe(MountEntry mount) => new()
    {
        ["accessor"] = mount.Accessor,
        ["config"] = new JsonObject
        {
            ["default_lease_ttl"] = mount.DefaultLeaseTtl,
            ["force_no_cache"] = false,
            ["max_lease_ttl"] = mount.MaxLeaseTtl,
            ["plugin_name"] = string.Empty,
        },
        ["description"] = mount.Description,
        ["local"] = mount.Local,
        ["options"] = mount.Options is null
            ? null
            : new JsonObject(mount.Options.Select(option => KeyValuePair.Create<string, JsonNode?>(option.Key, option.Value))),
        ["seal_wrap"] = false,
        ["type"] = mount.Type,
    };
}
