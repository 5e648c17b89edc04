using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Kubernetes;

/// <summary>
/// Reads from a cluster through <c>kubectl proxy</c> on a private unix socket that rejects every writing method: over this
/// connection nothing can be changed, whoever asks.
/// </summary>
public sealed class KubernetesReader(KubernetesEndpoint endpoint) : IAsyncDisposable
{
    private readonly SemaphoreSlim _start = new(1, 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("blackstart-").FullName;
    private BackgroundTool? _proxy;
    private HttpClient? _http;

    /// <summary>Reads one path of the API.</summary>
    /// <returns>The object, or null when the cluster says it is not there (404).</returns>
    /// <exception cref="BlackstartException"><c>BS4101</c> the cluster does not answer; <c>BS4102</c> it answers with a refusal.</exception>
    public async Task<JsonObject?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(path, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(body)!.AsObject()
            : throw Failure(response.StatusCode, path, body);
    }

    /// <summary>Reads one path that gives plain text, such as a pod's log; null when it is not there (404).</summary>
    /// <exception cref="BlackstartException"><c>BS4101</c>, <c>BS4102</c>.</exception>
    public async Task<string?> GetTextAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(path, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? null
            : response.IsSuccessStatusCode ? body
            : throw Failure(response.StatusCode, path, body);
    }

    /// <summary>The items of a list; empty when the cluster does not know the kind (404).</summary>
    /// <exception cref="BlackstartException"><c>BS4101</c>, <c>BS4102</c>.</exception>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var list = await GetAsync(path, cancellationToken);
        return [.. list?["items"]?.AsArray().Select(i => i!.AsObject()) ?? []];
    }

    /// <summary>Whether the API server says that it is ready (<c>/readyz</c>).</summary>
    /// <exception cref="BlackstartException"><c>BS4101</c>.</exception>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync("/readyz", cancellationToken);
        return response.IsSuccessStatusCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        _start.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellationToken)
    {
        var http = await ConnectAsync(cancellationToken);
        HttpResponseMessage response;
        try
        {
            response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e.Message, e);
        }
        catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"it gives no answer within {http.Timeout.TotalSeconds:0} s", e);
        }

        if (response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable)
        {
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            response.Dispose();
            throw Unreachable(body.Trim().TrimEnd('.'), null);
        }

        return response;
    }

    private async Task<HttpClient> ConnectAsync(CancellationToken cancellationToken)
    {
        await _start.WaitAsync(cancellationToken);
        try
        {
            if (_proxy is { IsRunning: true } && _http is not null)
            {
                return _http;
            }

            _http?.Dispose();
            if (_proxy is not null)
            {
                await _proxy.DisposeAsync();
            }

            var socket = Path.Combine(_folder, "proxy.sock");
            File.Delete(socket);
            _proxy = await BackgroundTool.StartAsync(new Command(
                "kubectl",
                "proxy",
                $"--unix-socket={socket}",
                "--reject-methods=^(POST|PUT|PATCH|DELETE|CONNECT)$",
                $"--kubeconfig={endpoint.Kubeconfig}",
                $"--context={endpoint.Context}"));
            if (await _proxy.ReadFirstLineAsync(cancellationToken) is null)
            {
                throw Unreachable(_proxy.LastWords.TrimEnd('.'), null);
            }

            _http = Over(socket);
            return _http;
        }
        finally
        {
            _start.Release();
        }
    }

    private static HttpClient Over(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
        Timeout = TimeSpan.FromSeconds(15),
    };

    private BlackstartException Unreachable(string cause, Exception? inner) => new(
        "BS4101",
        ExitCode.CouldNotVerify,
        $"asking the cluster of context '{endpoint.Context}'",
        cause.Length == 0 ? "it does not answer" : cause,
        $"Check it with `kubectl --kubeconfig {endpoint.Kubeconfig} --context {endpoint.Context} get nodes`",
        inner);

    private BlackstartException Failure(HttpStatusCode status, string path, string body) => new(
        "BS4102",
        ExitCode.CouldNotVerify,
        $"reading {path} from the cluster of context '{endpoint.Context}'",
        $"it answered {(int)status}: {StatusText.Of(body)}",
        $"Try it with `kubectl --kubeconfig {endpoint.Kubeconfig} --context {endpoint.Context} get --raw {path}`");
}
