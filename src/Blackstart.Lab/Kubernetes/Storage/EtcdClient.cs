using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>etcd 3.4 through its JSON gateway (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/): keys and values are base64, 64-bit numbers are strings.</summary>
internal sealed class EtcdClient : IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http;
    private readonly TimeProvider _clock;

    public EtcdClient(Uri address, TimeProvider clock)
    {
        _clock = clock;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5), UseCookies = false })
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>All keys under a prefix, read at one revision.</summary>
    public async Task<EtcdBatch> ReadAsync(string prefix, CancellationToken cancellationToken)
    {
        var found = new List<EtcdKeyValue>();
        var from = prefix;
        long revision = 0;
        while (true)
        {
            var request = new JsonObject
            {
                ["key"] = Encode(from),
                ["range_end"] = EncodeEnd(prefix),
                ["limit"] = "400",
                ["revision"] = revision.ToString(CultureInfo.InvariantCulture),
            };
            using var answer = await PostAsync("v3/kv/range", request, cancellationToken).ConfigureAwait(false);
            var root = answer.RootElement;
            revision = revision == 0 ? Revision(root) : revision;
            if (root.TryGetProperty("kvs", out var items))
            {
                foreach (var item in items.EnumerateArray())
                {
                    found.Add(KeyValue(item, deleted: false));
                }
            }

            if (!root.TryGetProperty("more", out var more) || !more.GetBoolean())
            {
                return new EtcdBatch(revision, found);
            }

            from = found[^1].Key + "\0";
        }
    }

    /// <summary>Writes a key if its revision is still the expected one (0: it must not exist). Returns the write's revision, or null when the key has moved on.</summary>
    public Task<long?> PutIfAsync(string key, byte[] value, long expectedRevision, CancellationToken cancellationToken) =>
        TransactAsync(key, expectedRevision, new JsonObject { ["request_put"] = new JsonObject { ["key"] = Encode(key), ["value"] = Convert.ToBase64String(value) } }, cancellationToken);

    /// <summary>Deletes a key if its revision is still the expected one. Returns the deletion's revision, or null when the key has moved on.</summary>
    public Task<long?> DeleteIfAsync(string key, long expectedRevision, CancellationToken cancellationToken) =>
        TransactAsync(key, expectedRevision, new JsonObject { ["request_delete_range"] = new JsonObject { ["key"] = Encode(key) } }, cancellationToken);

    /// <summary>Forgets history before a revision.</summary>
    public async Task CompactAsync(long revision, CancellationToken cancellationToken)
    {
        using var answer = await PostAsync("v3/kv/compaction", new JsonObject { ["revision"] = revision.ToString(CultureInfo.InvariantCulture) }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The changes under a prefix from a revision on, as they happen. Ends when etcd ends the stream.</summary>
    /// <exception cref="EtcdCompactedException">That revision is forgotten.</exception>
    public async IAsyncEnumerable<EtcdBatch> WatchAsync(string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["create_request"] = new JsonObject
            {
                ["key"] = Encode(prefix),
                ["range_end"] = EncodeEnd(prefix),
                ["start_revision"] = fromRevision.ToString(CultureInfo.InvariantCulture),
                ["progress_notify"] = true,
            },
        };
        using var message = Request("v3/watch", request);
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 65536);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            using var document = JsonDocument.Parse(line);
            if (!document.RootElement.TryGetProperty("result", out var result))
            {
                throw new EtcdException(line);
            }

            if (result.TryGetProperty("compact_revision", out var compacted))
            {
                throw new EtcdCompactedException($"compacted at {compacted}");
            }

            if (result.TryGetProperty("canceled", out var canceled) && canceled.GetBoolean())
            {
                throw new EtcdException(line);
            }

            var changes = new List<EtcdKeyValue>();
            if (result.TryGetProperty("events", out var events))
            {
                foreach (var change in events.EnumerateArray())
                {
                    changes.Add(KeyValue(change.GetProperty("kv"), change.TryGetProperty("type", out var type) && type.GetString() == "DELETE"));
                }
            }
            else if (result.TryGetProperty("created", out _))
            {
                // The header of the creation is ahead of the events that are still to come.
                continue;
            }

            yield return new EtcdBatch(Revision(result), changes);
        }
    }

    private static EtcdKeyValue KeyValue(JsonElement item, bool deleted) => new(
        Encoding.UTF8.GetString(item.GetProperty("key").GetBytesFromBase64()),
        Number(item.GetProperty("mod_revision")),
        deleted ? null : item.TryGetProperty("value", out var value) ? value.GetBytesFromBase64() : []);

    private static long Number(JsonElement element) => long.Parse(element.GetString()!, CultureInfo.InvariantCulture);

    private static long Revision(JsonElement answer) =>
        answer.TryGetProperty("header", out var header) && header.TryGetProperty("revision", out var revision) ? Number(revision) : 0;

    private static string Encode(string key) => Convert.ToBase64String(Encoding.UTF8.GetBytes(key));

    // The first key after all keys with the prefix: its last byte plus one.
    private static string EncodeEnd(string prefix)
    {
        var bytes = Encoding.UTF8.GetBytes(prefix);
        bytes[^1]++;
        return Convert.ToBase64String(bytes);
    }

    private static HttpRequestMessage Request(string path, JsonObject body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            body.WriteTo(writer);
        }

        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new ReadOnlyMemoryContent(buffer.WrittenMemory) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return message;
    }

    private async Task<long?> TransactAsync(string key, long expectedRevision, JsonObject operation, CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["compare"] = new JsonArray(new JsonObject
            {
                ["result"] = "EQUAL",
                ["target"] = "MOD",
                ["key"] = Encode(key),
                ["mod_revision"] = expectedRevision.ToString(CultureInfo.InvariantCulture),
            }),
            ["success"] = new JsonArray(operation),
        };
        using var answer = await PostAsync("v3/kv/txn", request, cancellationToken).ConfigureAwait(false);
        var root = answer.RootElement;
        return root.TryGetProperty("succeeded", out var succeeded) && succeeded.GetBoolean() ? Revision(root) : null;
    }

    private async Task<JsonDocument> PostAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(RequestTimeout, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var message = Request(path, body);
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, both.Token).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
        var answer = await JsonDocument.ParseAsync(stream, cancellationToken: both.Token).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return answer;
        }

        var text = answer.RootElement.ToString();
        answer.Dispose();
        throw new EtcdException($"etcd answered {(int)response.StatusCode} to {path}: {text}");
    }
}
