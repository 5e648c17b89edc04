using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.SecretsOperator;

/// <summary>
/// Watches the operator's kinds and keeps each Secret in step with Vault: reads it on any change, renews its lease, reads it
/// anew when the lease or the login is gone. When Vault is sealed or away it says so and leaves the stale Secret in place.
/// </summary>
internal sealed class SecretsReconciler(ClusterClient cluster, string identity, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, SyncState> _states = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonObject> _auths = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonObject> _connections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, VaultSession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _droppedAuths = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SecretWriter _secrets = new(cluster, time);
    private readonly StatusWriter _status = new(cluster, time);
    private int _unsynced = 5;

    /// <summary>Why it is not ready; null when it is.</summary>
    public string? Trouble => Volatile.Read(ref _unsynced) == 0 ? null : "the Kubernetes API has not told everything yet";

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            WatchAsync(SecretsOperatorKinds.Connections, null, (change, item) => Keep(_connections, change, item), cancellationToken),
            WatchAsync(SecretsOperatorKinds.Auths, null, (change, item) => Keep(_auths, change, item), cancellationToken),
            WatchAsync(SecretsOperatorKinds.DynamicSecrets, null, (change, item) => Track(SecretsOperatorKinds.DynamicSecrets, change, item), cancellationToken),
            WatchAsync(SecretsOperatorKinds.StaticSecrets, null, (change, item) => Track(SecretsOperatorKinds.StaticSecrets, change, item), cancellationToken),
            WatchAsync(ResourceType.Secrets, SecretWriter.Selector, MissSecret, cancellationToken),
            LoopAsync(cancellationToken));
    }

    public void Dispose()
    {
        foreach (var session in _sessions.Values)
        {
            session.Dispose();
        }
    }

    private async Task WatchAsync(ResourceType type, string? selector, Action<WatchEventType, JsonObject> apply, CancellationToken cancellationToken)
    {
        await foreach (var change in cluster.WatchAsync(type, null, selector, cancellationToken))
        {
            if (change.Type == WatchEventType.Synced)
            {
                Interlocked.Decrement(ref _unsynced);
            }
            else
            {
                apply(change.Type, change.Object);
            }

            _wake.Writer.TryWrite(true);
        }
    }

    private void Track(ResourceType type, WatchEventType change, JsonObject source)
    {
        var key = $"{type.Plural}/{source.Key()}";
        if (change == WatchEventType.Deleted)
        {
            _states.TryRemove(key, out _);
            return;
        }

        var state = _states.GetOrAdd(key, _ => new SyncState(type, source));
        if (SyncState.Fingerprint(state.Source) != SyncState.Fingerprint(source))
        {
            (state.Forced, state.Due, state.Failures) = (true, DateTimeOffset.MinValue, 0);
        }

        state.Source = source;
    }

    private void Keep(ConcurrentDictionary<string, JsonObject> known, WatchEventType change, JsonObject item)
    {
        var before = known.GetValueOrDefault(item.Key());
        if (change == WatchEventType.Deleted)
        {
            known.TryRemove(item.Key(), out _);
        }
        else
        {
            known[item.Key()] = item;
        }

        if (change != WatchEventType.Deleted && before is not null && SyncState.Fingerprint(before) == SyncState.Fingerprint(item))
        {
            return;
        }

        // Whoever logs in by it does so again.
        _droppedAuths.Enqueue(item.Key());
        foreach (var state in _states.Values)
        {
            (state.Forced, state.Due) = (true, DateTimeOffset.MinValue);
        }
    }

    private void MissSecret(WatchEventType change, JsonObject secret)
    {
        if (change != WatchEventType.Deleted)
        {
            return;
        }

        foreach (var state in _states.Values.Where(state => state.Source.Namespace() == secret.Namespace()
            && state.Source.TextAt("spec", "destination", "name") == secret.Name()))
        {
            (state.Forced, state.Due) = (true, DateTimeOffset.MinValue);
        }
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_droppedAuths.TryDequeue(out _))
            {
                DropSessions();
            }

            var now = time.GetUtcNow();
            await KeepLoginsAsync(now, cancellationToken);
            foreach (var state in _states.Values.Where(state => state.Due <= now && Trouble is null).ToList())
            {
                await SyncAsync(state, cancellationToken);
            }

            var next = _states.Values.Select(state => state.Due).Concat(_sessions.Values.Select(session => session.RenewAt)).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
            now = time.GetUtcNow();
            var sleep = next <= now ? TimeSpan.FromMilliseconds(50) : next - now > LongestSleep ? LongestSleep : next - now;
            await WakeAsync(sleep, cancellationToken);
        }
    }

    private async Task WakeAsync(TimeSpan sleep, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(sleep, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await _wake.Reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look.
        }
    }

    private async Task KeepLoginsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var (key, session) in _sessions.Where(pair => pair.Value.RenewAt <= now).ToList())
        {
            try
            {
                await session.RenewAsync(cancellationToken);
            }
            catch (VaultRefusal)
            {
                // What was read with it dies with it: it is read anew, with a new login.
                Drop(key);
                foreach (var state in _states.Values.Where(state => state.SessionId == session.Id))
                {
                    state.Due = DateTimeOffset.MinValue;
                }
            }
        }
    }

    private async Task SyncAsync(SyncState state, CancellationToken cancellationToken)
    {
        var source = state.Source;
        try
        {
            await TrySyncAsync(state, source, cancellationToken);
            state.Failures = 0;
        }
        catch (Exception error) when (error is VaultRefusal or SyncFailure or ClusterApiException or HttpRequestException or TimeoutException)
        {
            var wait = TimeSpan.FromTicks(Math.Min(FirstRetry.Ticks << Math.Min(state.Failures, 8), LastRetry.Ticks));
            state.Failures++;
            state.Due = time.GetUtcNow() + wait;
            var reason = error switch { SyncFailure failure => failure.Reason, VaultRefusal => "VaultClientError", _ => "SecretSyncError" };
            await Console.Error.WriteLineAsync($"vault-secrets-operator: {state.Type.Plural} {source.Key()}: {error.Message}");
            await QuietlyAsync(() => _status.FailAsync(state.Type, source, reason, error.Message, cancellationToken));
        }
    }

    private async Task TrySyncAsync(SyncState state, JsonObject source, CancellationToken cancellationToken)
    {
        // What forces a sync is taken note of before: a change that comes in between forces the next one.
        var forced = state.Forced;
        state.Forced = false;
        try
        {
            var sessionKey = KeyOf(source);
            if (forced)
            {
                Drop(sessionKey);
            }

            try
            {
                await SyncWithAsync(state, source, await SessionAsync(sessionKey, source, cancellationToken), forced, cancellationToken);
            }
            catch (VaultRefusal refusal) when (refusal.Status == 403)
            {
                Drop(sessionKey);
                await SyncWithAsync(state, source, await SessionAsync(sessionKey, source, cancellationToken), forced, cancellationToken);
            }
        }
        catch
        {
            state.Forced |= forced;
            throw;
        }
    }

    private Task SyncWithAsync(SyncState state, JsonObject source, VaultSession session, bool forced, CancellationToken cancellationToken) =>
        state.Type == SecretsOperatorKinds.DynamicSecrets
            ? SyncDynamicAsync(state, source, session, forced, cancellationToken)
            : SyncStaticAsync(state, source, session, cancellationToken);

    private async Task SyncDynamicAsync(SyncState state, JsonObject source, VaultSession session, bool forced, CancellationToken cancellationToken)
    {
        var mayRenew = !forced && state.LeaseId.Length > 0 && state.SessionId == session.Id && await _secrets.ExistsAsync(source, cancellationToken);
        if (mayRenew && await RenewAsync(state, source, session, cancellationToken))
        {
            return;
        }

        var path = $"{source.TextAt("spec", "mount")?.Trim('/')}/{source.TextAt("spec", "path")?.Trim('/')}";
        var parameters = source.At("spec", "params") as JsonObject;
        var method = parameters is { Count: > 0 } ? HttpMethod.Put : new HttpMethod(source.TextAt("spec", "requestHTTPMethod") ?? "GET");
        var answer = await session.SendAsync(method, path, (JsonObject?)parameters?.DeepClone(), cancellationToken);
        var data = answer["data"] as JsonObject ?? throw new SyncFailure("SecretSyncError", $"{path} gave no data");
        var changed = await _secrets.WriteAsync(source, data, data, cancellationToken);
        state.SessionId = session.Id;
        state.LeaseId = answer.TextAt("lease_id") ?? string.Empty;
        state.LeaseDuration = Number(answer, "lease_duration");
        state.Due = NextDue(source, state.LeaseDuration);
        await _status.SucceedAsync(
            state.Type,
            source,
            "SecretRotated",
            $"Secret synced, lease_id=\"{state.LeaseId}\"",
            StatusOf(source, session, answer, state.LeaseId, state.LeaseDuration),
            cancellationToken);
        if (changed)
        {
            await _secrets.RestartAsync(source, cancellationToken);
        }
    }

    /// <summary>False when the lease is gone or at its end, and the secret must be read anew.</summary>
    private async Task<bool> RenewAsync(SyncState state, JsonObject source, VaultSession session, CancellationToken cancellationToken)
    {
        JsonObject answer;
        try
        {
            var body = new JsonObject { ["lease_id"] = state.LeaseId, ["increment"] = state.LeaseDuration };
            answer = await session.SendAsync(HttpMethod.Put, "sys/leases/renew", body, cancellationToken);
        }
        catch (VaultRefusal refusal) when (refusal.Status is 400 or 404)
        {
            return false;
        }

        var duration = Number(answer, "lease_duration");
        if (duration < state.LeaseDuration)
        {
            // Its maximum is near; new credentials now overlap with the old ones.
            return false;
        }

        state.Due = NextDue(source, duration);
        await _status.SucceedAsync(
            state.Type,
            source,
            "SecretLeaseRenewed",
            $"Renewed lease, lease_id=\"{state.LeaseId}\"",
            StatusOf(source, session, answer, state.LeaseId, duration),
            cancellationToken);
        return true;
    }

    private async Task SyncStaticAsync(SyncState state, JsonObject source, VaultSession session, CancellationToken cancellationToken)
    {
        var isVersionTwo = (source.TextAt("spec", "type") ?? "kv-v2") == "kv-v2";
        var mount = source.TextAt("spec", "mount")?.Trim('/');
        var path = source.TextAt("spec", "path")?.Trim('/');
        var version = source.At("spec", "version") is JsonValue number ? $"?version={number}" : string.Empty;
        var answer = await session.SendAsync(HttpMethod.Get, isVersionTwo ? $"{mount}/data/{path}{version}" : $"{mount}/{path}", null, cancellationToken);
        var raw = answer["data"] as JsonObject ?? throw new SyncFailure("SecretSyncError", $"{mount}/{path} gave no data");
        var data = isVersionTwo ? raw["data"] as JsonObject ?? throw new SyncFailure("SecretSyncError", $"{mount}/{path} has no current version") : raw;
        var changed = await _secrets.WriteAsync(source, data, raw, cancellationToken);
        state.SessionId = session.Id;
        state.Due = source.TextAt("spec", "refreshAfter") is { } refresh ? time.GetUtcNow() + Duration(refresh) : DateTimeOffset.MaxValue;
        await _status.SucceedAsync(
            state.Type,
            source,
            "SecretSynced",
            "Secret synced",
            new JsonObject { ["lastGeneration"] = Generation(source), ["vaultClientMeta"] = ClientOf(source, session) },
            cancellationToken);
        if (changed)
        {
            await _secrets.RestartAsync(source, cancellationToken);
        }
    }

    private async Task<VaultSession> SessionAsync(string key, JsonObject source, CancellationToken cancellationToken)
    {
        if (_sessions.TryGetValue(key, out var session))
        {
            return session;
        }

        var (authKey, ns) = (AuthOf(source), source.Namespace()!);
        var auth = _auths.GetValueOrDefault(authKey) ?? throw new SyncFailure("VaultClientConfigError", $"VaultAuth {authKey} is not there");
        var connectionKey = Qualify(auth.TextAt("spec", "vaultConnectionRef") ?? "default", auth.Namespace()!);
        var connection = _connections.GetValueOrDefault(connectionKey) ?? throw new SyncFailure("VaultClientConfigError", $"VaultConnection {connectionKey} is not there");
        if (!Uri.TryCreate(connection.TextAt("spec", "address"), UriKind.Absolute, out var address))
        {
            throw new SyncFailure("VaultClientConfigError", $"VaultConnection {connectionKey} has no usable address");
        }

        try
        {
            session = await VaultSession.LoginAsync(cluster, auth, address, ns, time, cancellationToken);
        }
        catch (VaultRefusal refusal)
        {
            await QuietlyAsync(() => _status.ValidateAsync(SecretsOperatorKinds.Connections, connection, refusal.Status is 0 or 503 ? refusal.Message : null, cancellationToken));
            throw;
        }

        _sessions[key] = session;
        await QuietlyAsync(() => _status.ValidateAsync(SecretsOperatorKinds.Connections, connection, null, cancellationToken));
        await QuietlyAsync(() => _status.ValidateAsync(SecretsOperatorKinds.Auths, auth, null, cancellationToken));
        return session;
    }

    private JsonObject StatusOf(JsonObject source, VaultSession session, JsonObject answer, string lease, long duration) => new()
    {
        ["lastGeneration"] = Generation(source),
        ["lastRenewalTime"] = time.GetUtcNow().ToUnixTimeSeconds(),
        ["lastRuntimePodUID"] = identity,
        ["secretLease"] = new JsonObject
        {
            ["id"] = lease,
            ["duration"] = duration,
            ["renewable"] = answer["renewable"]?.DeepClone() ?? false,
            ["requestID"] = answer.TextAt("request_id") ?? string.Empty,
        },
        ["vaultClientMeta"] = ClientOf(source, session),
    };

    private DateTimeOffset NextDue(JsonObject source, long seconds)
    {
        if (seconds > 0)
        {
            var percent = source.At("spec", "renewalPercent") is JsonValue value && value.TryGetValue<int>(out var number) ? Math.Clamp(number, 0, 90) : 67;
            return time.GetUtcNow().AddSeconds(Math.Max(seconds * percent / 100d, 0.5));
        }

        return source.TextAt("spec", "refreshAfter") is { } refresh ? time.GetUtcNow() + Duration(refresh) : DateTimeOffset.MaxValue;
    }

    private static JsonObject ClientOf(JsonObject source, VaultSession session) => new() { ["cacheKey"] = $"kubernetes-{AuthOf(source).Replace('/', '-')}", ["id"] = session.Id };

    private static JsonNode Generation(JsonObject source) => source.At("metadata", "generation")?.DeepClone() ?? 0;

    private static string KeyOf(JsonObject source) => $"{AuthOf(source)} {source.Namespace()}";

    private static string AuthOf(JsonObject source) => Qualify(source.TextAt("spec", "vaultAuthRef") ?? "default", source.Namespace()!);

    private static string Qualify(string name, string ns) => name.Contains('/', StringComparison.Ordinal) ? name : $"{ns}/{name}";

    private static long Number(JsonObject answer, string name) => answer[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;

    private static TimeSpan Duration(string text)
    {
        try
        {
            return TimeSpan.FromSeconds(Vault.Durations.Seconds(text));
        }
        catch (Vault.VaultFault fault)
        {
            throw new SyncFailure("SecretSyncError", $"refreshAfter: {fault.Message}");
        }
    }

    private void Drop(string key)
    {
        if (_sessions.Remove(key, out var session))
        {
            session.Dispose();
        }
    }

    private void DropSessions()
    {
        foreach (var key in _sessions.Keys.ToList())
        {
            Drop(key);
        }
    }

    private static async Task QuietlyAsync(Func<Task> tell)
    {
        try
        {
            await tell();
        }
        catch (Exception error) when (error is ClusterApiException or HttpRequestException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"vault-secrets-operator: status not told: {error.Message}");
        }
    }
}
