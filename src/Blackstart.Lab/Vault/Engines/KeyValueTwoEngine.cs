using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>KV version 2: versions, check-and-set, soft deletion, destruction.</summary>
internal sealed class KeyValueTwoEngine(SealBarrier barrier, TimeProvider time)
{
    private const long DefaultVersions = 10;
    private readonly Exclusive _writing = new();

    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == VaultOperation.Read)
        {
            return Read(request);
        }

        if (request.Operation == VaultOperation.List)
        {
            return List(request);
        }

        await _writing.WaitAsync(cancellationToken);
        try
        {
            return await WriteAsync(request, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    public bool? Exists(EngineRequest request)
    {
        var (verb, name) = Split(request.Path);
        return verb is "data" or "metadata" ? barrier.Has(PathOf(request, name)) : null;
    }

    private VaultResponse? Read(EngineRequest request)
    {
        var (verb, name) = Split(request.Path);
        switch (verb)
        {
            case "config" when name.Length == 0:
                var settings = SettingsOf(request);
                return VaultResponse.Of(new JsonObject { ["cas_required"] = settings.CasRequired, ["max_versions"] = settings.MaxVersions });
            case "data":
                return ReadData(request, name);
            case "metadata":
                return barrier.Get<SecretHistory>(PathOf(request, name)) is { } history ? VaultResponse.Of(Describe(history)) : null;
            default:
                return InvalidPath("vault kv get");
        }
    }

    private VaultResponse? List(EngineRequest request)
    {
        var (verb, name) = Split(request.Path.TrimEnd('/'));
        return verb == "metadata"
            ? VaultResponse.Keys(barrier.Children(name.Length == 0 ? PathOf(request, string.Empty) : PathOf(request, name) + "/"))
            : InvalidPath("vault kv list");
    }

    private VaultResponse? ReadData(EngineRequest request, string name)
    {
        var history = barrier.Get<SecretHistory>(PathOf(request, name));
        var wanted = request.Query.TryGetValue("version", out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : history?.CurrentVersion;
        var version = history?.Versions.FirstOrDefault(candidate => candidate.Version == wanted);
        if (version is null)
        {
            return null;
        }

        var gone = version.Destroyed || version.DeletionTime is not null;
        return new VaultResponse
        {
            Status = gone ? 404 : 200,
            Data = new JsonObject { ["data"] = gone ? null : version.Data?.DeepClone(), ["metadata"] = Describe(version, withNumber: true) },
        };
    }

    private async Task<VaultResponse?> WriteAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var (verb, name) = Split(request.Path);
        var path = PathOf(request, name);
        switch (verb)
        {
            case "config" when request.Operation == VaultOperation.Update && name.Length == 0:
                var old = SettingsOf(request);
                await barrier.PutAsync(
                    request.Storage + "config",
                    new SecretSettings(VaultJson.Number(request.Data, "max_versions") ?? old.MaxVersions, VaultJson.Flag(request.Data, "cas_required") ?? old.CasRequired),
                    cancellationToken);
                return null;
            case "data" when request.Operation == VaultOperation.Update:
                return await WriteDataAsync(request, path, cancellationToken);
            case "data":
                var history = barrier.Get<SecretHistory>(path);
                return await ChangeAsync(path, history is null ? [] : [history.CurrentVersion], Delete, cancellationToken);
            case "delete" when request.Operation == VaultOperation.Update:
                return await ChangeAsync(path, VersionsOf(request), Delete, cancellationToken);
            case "undelete" when request.Operation == VaultOperation.Update:
                return await ChangeAsync(path, VersionsOf(request), version => version with { DeletionTime = null }, cancellationToken);
            case "destroy" when request.Operation == VaultOperation.Update:
                return await ChangeAsync(path, VersionsOf(request), version => version with { Destroyed = true, Data = null }, cancellationToken);
            case "metadata" when request.Operation == VaultOperation.Update:
                await WriteMetadataAsync(request, path, cancellationToken);
                return null;
            case "metadata":
                await barrier.DeleteAsync(path, cancellationToken);
                return null;
            default:
                return InvalidPath(request.Operation == VaultOperation.Delete ? "vault kv delete" : "vault kv put");
        }
    }

    private async Task<VaultResponse> WriteDataAsync(EngineRequest request, string path, CancellationToken cancellationToken)
    {
        if (request.Data["data"] is not JsonObject data)
        {
            throw new VaultFault(400, "no data provided");
        }

        var now = time.GetUtcNow();
        var history = barrier.Get<SecretHistory>(path) ?? new SecretHistory { CreatedTime = now, UpdatedTime = now };
        var settings = SettingsOf(request);
        var expected = request.Data["options"] is JsonObject options ? VaultJson.Number(options, "cas") : null;
        if (expected is null && (history.CasRequired || settings.CasRequired))
        {
            throw new VaultFault(400, "check-and-set parameter required for this call");
        }

        if (expected is not null && expected != history.CurrentVersion)
        {
            throw new VaultFault(400, "check-and-set parameter did not match the current version");
        }

        var version = new SecretVersion(history.CurrentVersion + 1, now, null, false, (JsonObject)data.DeepClone());
        var most = history.MaxVersions > 0 ? history.MaxVersions : settings.MaxVersions > 0 ? settings.MaxVersions : DefaultVersions;
        var versions = history.Versions.Append(version).ToList();
        var dropped = Math.Max(0, versions.Count - (int)most);
        await barrier.PutAsync(
            path,
            history with
            {
                UpdatedTime = now,
                CurrentVersion = version.Version,
                OldestVersion = dropped > 0 ? versions[dropped].Version : history.OldestVersion,
                Versions = [.. versions.Skip(dropped)],
            },
            cancellationToken);
        return VaultResponse.Of(Describe(version, withNumber: true));
    }

    private async Task<VaultResponse?> ChangeAsync(
        string path,
        IReadOnlyCollection<long> versions,
        Func<SecretVersion, SecretVersion> change,
        CancellationToken cancellationToken)
    {
        if (barrier.Get<SecretHistory>(path) is { } history)
        {
            await barrier.PutAsync(
                path,
                history with { Versions = [.. history.Versions.Select(version => versions.Contains(version.Version) ? change(version) : version)] },
                cancellationToken);
        }

        return null;
    }

    private async Task WriteMetadataAsync(EngineRequest request, string path, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var history = barrier.Get<SecretHistory>(path) ?? new SecretHistory { CreatedTime = now, UpdatedTime = now };
        await barrier.PutAsync(
            path,
            history with
            {
                MaxVersions = VaultJson.Number(request.Data, "max_versions") ?? history.MaxVersions,
                CasRequired = VaultJson.Flag(request.Data, "cas_required") ?? history.CasRequired,
                CustomMetadata = request.Data["custom_metadata"] is JsonObject custom
                    ? custom.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? string.Empty, StringComparer.Ordinal)
                    : history.CustomMetadata,
            },
            cancellationToken);
    }

    private SecretVersion Delete(SecretVersion version) =>
        version.DeletionTime is null && !version.Destroyed ? version with { DeletionTime = time.GetUtcNow() } : version;

    private SecretSettings SettingsOf(EngineRequest request) => barrier.Get<SecretSettings>(request.Storage + "config") ?? new SecretSettings(0, false);

    private static string PathOf(EngineRequest request, string name) => $"{request.Storage}secret/{name}";

    private static (string Verb, string Name) Split(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (path, string.Empty) : (path[..slash], path[(slash + 1)..]);
    }

    private static List<long> VersionsOf(EngineRequest request)
    {
        var versions = VaultJson.List(request.Data, "versions") ?? [];
        return versions.Count == 0
            ? throw new VaultFault(400, "No version number provided")
            : [.. versions.Select(version => long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new VaultFault(400, $"version \"{version}\" is not a number"))];
    }

    private static JsonObject Describe(SecretVersion version, bool withNumber)
    {
        var result = new JsonObject
        {
            ["created_time"] = Timestamps.Text(version.CreatedTime),
            ["deletion_time"] = version.DeletionTime is { } deleted ? Timestamps.Text(deleted) : string.Empty,
            ["destroyed"] = version.Destroyed,
        };
        if (withNumber)
        {
            result["version"] = version.Version;
        }

        return result;
    }

    private static JsonObject Describe(SecretHistory history)
    {
        var result = new JsonObject
        {
            ["cas_required"] = history.CasRequired,
            ["created_time"] = Timestamps.Text(history.CreatedTime),
            ["current_version"] = history.CurrentVersion,
            ["max_versions"] = history.MaxVersions,
            ["oldest_version"] = history.OldestVersion,
            ["updated_time"] = Timestamps.Text(history.UpdatedTime),
            ["versions"] = new JsonObject(history.Versions.Select(version => KeyValuePair.Create<string, JsonNode?>(
                version.Version.ToString(CultureInfo.InvariantCulture),
                Describe(version, withNumber: false)))),
        };
        if (history.CustomMetadata is { } custom)
        {
            result["custom_metadata"] = new JsonObject(custom.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));
        }

        return result;
    }

    private static VaultResponse InvalidPath(string command) => new()
    {
        Status = 404,
        Warnings =
        [
            "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. "
            + $"If using the Vault CLI, use '{command}' for this operation.",
        ],
    };
}
