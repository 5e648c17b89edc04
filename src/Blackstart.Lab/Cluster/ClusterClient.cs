using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Lab.Cluster;

/// <summary>What the lab's controllers and kubelets need of the Kubernetes API, over HTTP as any client's.</summary>
internal sealed class ClusterClient : IDisposable
{
    private const int PageSize = 500;
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly X509Certificate2Collection _authorities = [];

    public ClusterClient(ClusterConnection connection, TimeProvider time)
    {
        Connection = connection;
        _time = time;
        var handler = new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1), ConnectTimeout = TimeSpan.FromSeconds(5) };
        if (connection.CertificateAuthority is { } pem)
        {
            _authorities.ImportFromPem(pem);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(_authorities);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        _http = new HttpClient(handler) { BaseAddress = connection.Address, Timeout = Timeout.InfiniteTimeSpan };
        if (connection.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public ClusterConnection Connection { get; }

    /// <summary>A client for the current context of a kubeconfig.</summary>
    public static async Task<ClusterClient> FromKubeconfigAsync(string path, TimeProvider time, CancellationToken cancellationToken) =>
        new(await ClusterConnection.FromKubeconfigAsync(path, context: null, cancellationToken), time);

    /// <summary>The object, or null when there is none of that name (or no such kind).</summary>
    public async Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Get, type.Path(ns, name), content: null, missingIsNull: true, cancellationToken);

    /// <summary>All objects of a kind, each with its <c>kind</c> and <c>apiVersion</c>; none when the kind does not exist.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="ns">Namespace; null for all of them or for a cluster-scoped kind.</param>
    /// <param name="labelSelector">As kubectl's <c>-l</c>; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceType type, string? ns, string? labelSelector, CancellationToken cancellationToken) =>
        (await ListWithVersionAsync(type, ns, labelSelector, cancellationToken))?.Items ?? [];

    /// <summary>All objects of a kind in a namespace, or in all of them.</summary>
    public Task<IReadOnlyList<JsonObject>> ListAsync(ResourceType type, string? ns, CancellationToken cancellationToken) =>
        ListAsync(type, ns, labelSelector: null, cancellationToken);

    /// <summary>Creates an object; its namespace is taken from its metadata.</summary>
    /// <exception cref="ClusterConflictException">One of that name exists.</exception>
    public async Task<JsonObject> CreateAsync(ResourceType type, JsonObject item, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Post, type.Path(item.Namespace(), null), Json(item), missingIsNull: false, cancellationToken))!;

    /// <summary>Replaces an object; null when it is gone.</summary>
    /// <exception cref="ClusterConflictException">It changed since it was read.</exception>
    public Task<JsonObject?> UpdateAsync(ResourceType type, JsonObject item, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, type.Path(item.Namespace(), item.Name()), Json(item), missingIsNull: true, cancellationToken);

    /// <summary>Replaces an object's status; null when it is gone.</summary>
    /// <exception cref="ClusterConflictException">It changed since it was read.</exception>
    public Task<JsonObject?> UpdateStatusAsync(ResourceType type, JsonObject item, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, type.Path(item.Namespace(), item.Name(), "status"), Json(item), missingIsNull: true, cancellationToken);

    /// <summary>Merge-patches an object (RFC 7386); null when it is gone.</summary>
    public Task<JsonObject?> PatchAsync(ResourceType type, string? ns, string name, JsonObject patch, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Patch, type.Path(ns, name), Json(patch, "application/merge-patch+json"), missingIsNull: true, cancellationToken);

    /// <summary>Merge-patches an object's status; <paramref name="status"/> is the inner object. Null when it is gone.</summary>
    public Task<JsonObject?> PatchStatusAsync(ResourceType type, string? ns, string name, JsonObject status, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Patch,
            type.Path(ns, name, "status"),
            Json(new JsonObject { ["status"] = status.DeepClone() }, "application/merge-patch+json"),
            missingIsNull: true,
            cancellationToken);

    /// <summary>Deletes an object; false when there was none.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="ns">Namespace; null for a cluster-scoped kind.</param>
    /// <param name="name">Object name.</param>
    /// <param name="gracePeriodSeconds">Grace period; null for the object's own.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<bool> DeleteAsync(ResourceType type, string? ns, string name, int? gracePeriodSeconds, CancellationToken cancellationToken)
    {
        var options = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "v1" };
        if (gracePeriodSeconds is { } seconds)
        {
            options["gracePeriodSeconds"] = seconds;
        }

        return await SendAsync(HttpMethod.Delete, type.Path(ns, name), Json(options), missingIsNull: true, cancellationToken) is not null;
    }

    /// <summary>Deletes an object with its own grace period; false when there was none.</summary>
    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken) =>
        DeleteAsync(type, ns, name, gracePeriodSeconds: null, cancellationToken);

    /// <summary>A POST to any path below the root, such as a subresource's; null when it is not found.</summary>
    public Task<JsonObject?> PostAsync(string path, JsonObject body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, Json(body), missingIsNull: true, cancellationToken);

    /// <summary>A GET of any path below the root; null when it is not found.</summary>
    public Task<JsonObject?> GetPathAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, content: null, missingIsNull: true, cancellationToken);

    /// <summary>Creates every object of a YAML stream, or merge-patches it where it exists, in the order given.</summary>
    /// <remarks>A kind whose definition was created a moment ago is waited for up to ten seconds.</remarks>
    public async Task ApplyAsync(string yaml, CancellationToken cancellationToken)
    {
        foreach (var item in YamlDocuments.Parse(yaml))
        {
            await ApplyAsync(item, cancellationToken);
        }
    }

    /// <summary>Creates an object, or merge-patches it where it exists.</summary>
    public async Task<JsonObject> ApplyAsync(JsonObject item, CancellationToken cancellationToken)
    {
        var type = await ResolveAsync(item, cancellationToken);
        try
        {
            return await CreateAsync(type, item, cancellationToken);
        }
        catch (ClusterConflictException e) when (e.Reason == "AlreadyExists")
        {
            return await PatchAsync(type, item.Namespace(), item.Name(), item, cancellationToken)
                ?? await CreateAsync(type, item, cancellationToken);
        }
    }

    /// <summary>
    /// Lists, then watches, for as long as it is read: every existing object as <see cref="WatchEventType.Added"/>, one
    /// <see cref="WatchEventType.Synced"/>, then changes. A broken connection is resumed; when the server no longer has the
    /// history, the list is taken again and the difference told. A kind that does not exist (yet) counts as empty.
    /// </summary>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type,
        string? ns,
        string? labelSelector,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        var synced = false;
        var pause = FirstRetry;
        string? version = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (version is null)
            {
                var list = await QuietlyAsync(() => ListWithVersionAsync(type, ns, labelSelector, cancellationToken));
                if (list is null)
                {
                    // Not reachable, or the kind is gone with its definition: nothing can be said but that no object is left of it.
                    await Task.Delay(pause, _time, cancellationToken);
                    pause = Longer(pause);
                    continue;
                }

                foreach (var change in Difference(known, list.Items))
                {
                    yield return change;
                }

                version = list.Version;
                if (!synced)
                {
                    synced = true;
                    yield return new WatchEvent(WatchEventType.Synced, []);
                }

                if (!list.Exists)
                {
                    version = null;
                    await Task.Delay(pause, _time, cancellationToken);
                    pause = Longer(pause);
                    continue;
                }
            }

            var stream = await QuietlyAsync(() => OpenWatchAsync(type, ns, labelSelector, version, cancellationToken));
            if (stream is null)
            {
                await Task.Delay(pause, _time, cancellationToken);
                pause = Longer(pause);
                version = null;
                continue;
            }

            using (stream)
            {
                using var lines = new StreamReader(stream.Body, Encoding.UTF8);
                while (await ReadLineAsync(lines, cancellationToken) is { } line)
                {
                    if (JsonNode.Parse(line) is not JsonObject entry || entry["object"] is not JsonObject item)
                    {
                        continue;
                    }

                    pause = FirstRetry;
                    if (entry.TextAt("type") == "ERROR")
                    {
                        version = null;
                        break;
                    }

                    version = item.ResourceVersion() ?? version;
                    entry.Remove("object");
                    switch (entry.TextAt("type"))
                    {
                        case "ADDED" or "MODIFIED":
                            var kind = known.ContainsKey(item.Key()) ? WatchEventType.Modified : WatchEventType.Added;
                            known[item.Key()] = item;
                            yield return new WatchEvent(kind, item);
                            break;
                        case "DELETED":
                            known.Remove(item.Key());
                            yield return new WatchEvent(WatchEventType.Deleted, item);
                            break;
                    }
                }
            }

            // A watch that ends at once again and again (server going down) must not spin.
            await Task.Delay(pause, _time, cancellationToken);
            pause = Longer(pause);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        foreach (var authority in _authorities)
        {
            authority.Dispose();
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 > LongestRetry ? LongestRetry : pause * 2;

    private static List<WatchEvent> Difference(Dictionary<string, JsonObject> known, IReadOnlyList<JsonObject> items)
    {
        var changes = new List<WatchEvent>();
        var present = items.Select(item => item.Key()).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, gone) in known.Where(pair => !present.Contains(pair.Key)).ToList())
        {
            known.Remove(key);
            changes.Add(new WatchEvent(WatchEventType.Deleted, gone));
        }

        foreach (var item in items)
        {
            if (!known.TryGetValue(item.Key(), out var before))
            {
                changes.Add(new WatchEvent(WatchEventType.Added, item));
            }
            else if (before.Uid() != item.Uid())
            {
                changes.Add(new WatchEvent(WatchEventType.Deleted, before));
                changes.Add(new WatchEvent(WatchEventType.Added, item));
            }
            else if (before.ResourceVersion() != item.ResourceVersion())
            {
                changes.Add(new WatchEvent(WatchEventType.Modified, item));
            }

            known[item.Key()] = item;
        }

        return changes;
    }

    private static async Task<string?> ReadLineAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken);
        }
        catch (IOException)
        {
            return null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task<T?> QuietlyAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (ClusterApiException)
        {
            return null;
        }
        catch (TimeoutException)
        {
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static StringContent Json(JsonObject body, string mediaType = "application/json") =>
        new(body.ToJsonString(), Encoding.UTF8, mediaType);

    private static string Query(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var text = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
            {
                text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return text.ToString();
    }

    private static ClusterApiException Refusal(HttpStatusCode status, string body)
    {
        JsonNode? answer = null;
        try
        {
            answer = JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            // Not a Status object: the text itself is all there is to tell.
        }

        var reason = answer.TextAt("reason") ?? "";
        var message = answer.TextAt("message") ?? $"{(int)status} {status}: {body}";
        return status == HttpStatusCode.Conflict
            ? new ClusterConflictException(reason, message)
            : new ClusterApiException(status, reason, message);
    }

    private async Task<ClusterList?> ListWithVersionAsync(ResourceType type, string? ns, string? labelSelector, CancellationToken cancellationToken)
    {
        var items = new List<JsonObject>();
        string? next = null;
        while (true)
        {
            var path = Query(
                type.Path(ns, null),
                ("labelSelector", labelSelector),
                ("limit", PageSize.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ("continue", next));
            var page = await SendAsync(HttpMethod.Get, path, content: null, missingIsNull: true, cancellationToken);
            if (page is null)
            {
                return new ClusterList([], null, Exists: false);
            }

            var kind = page.TextAt("kind") ?? "List";
            kind = kind.EndsWith("List", StringComparison.Ordinal) ? kind[..^4] : kind;
            var array = page["items"] as JsonArray ?? [];
            foreach (var item in array.OfType<JsonObject>().ToList())
            {
                array.Remove(item);
                item["kind"] ??= kind;
                item["apiVersion"] ??= type.ApiVersion;
                items.Add(item);
            }

            next = page.TextAt("metadata", "continue");
            if (string.IsNullOrEmpty(next))
            {
                return new ClusterList(items, page.TextAt("metadata", "resourceVersion"), Exists: true);
            }
        }
    }

    private async Task<WatchStream?> OpenWatchAsync(ResourceType type, string? ns, string? labelSelector, string? version, CancellationToken cancellationToken)
    {
        var path = Query(
            type.Path(ns, null),
            ("labelSelector", labelSelector),
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", version));
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            response.Dispose();
            return null;
        }

        return new WatchStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    private async Task<ResourceType> ResolveAsync(JsonObject item, CancellationToken cancellationToken)
    {
        var apiVersion = item.TextAt("apiVersion") ?? throw new ArgumentException("the manifest has no apiVersion", nameof(item));
        var kind = item.TextAt("kind") ?? throw new ArgumentException("the manifest has no kind", nameof(item));
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        var root = slash < 0 ? $"api/{apiVersion}" : $"apis/{apiVersion}";
        var started = _time.GetTimestamp();
        while (true)
        {
            var resources = await GetPathAsync(root, cancellationToken);
            var plural = resources.ItemsAt("resources")
                .Where(resource => resource.TextAt("kind") == kind)
                .Select(resource => resource.TextAt("name"))
                .FirstOrDefault(name => name?.Contains('/', StringComparison.Ordinal) == false);
            if (plural is not null)
            {
                return slash < 0 ? new ResourceType("", apiVersion, plural) : new ResourceType(apiVersion[..slash], apiVersion[(slash + 1)..], plural);
            }

            if (_time.GetElapsedTime(started) > TimeSpan.FromSeconds(10))
            {
                throw new ClusterApiException(HttpStatusCode.NotFound, "NotFound", $"no kind {kind} in {apiVersion}");
            }

            await Task.Delay(FirstRetry, _time, cancellationToken);
        }
    }

    private async Task<JsonObject?> SendAsync(HttpMethod method, string path, HttpContent? content, bool missingIsNull, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var deadline = new CancellationTokenSource(RequestTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, both.Token);
            var body = await response.Content.ReadAsStringAsync(both.Token);
            if (response.IsSuccessStatusCode)
            {
                return JsonNode.Parse(body) as JsonObject ?? [];
            }

            return response.StatusCode == HttpStatusCode.NotFound && missingIsNull ? null : throw Refusal(response.StatusCode, body);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{method} {path} gave no answer within {RequestTimeout.TotalSeconds:0} s", e);
        }
    }
}
