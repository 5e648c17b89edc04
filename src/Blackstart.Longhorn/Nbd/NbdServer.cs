using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Blackstart.Longhorn.Nbd;

/// <summary>
/// Serves block devices over the Network Block Device protocol (fixed newstyle; structured replies and base:allocation when the
/// device knows its allocation) on a unix socket or a loopback port. Every client may have several connections: a flush on one
/// covers the completed writes of all.
/// </summary>
public sealed class NbdServer : IAsyncDisposable
{
    /// <summary>What the kernel may keep of replies that a client has not taken yet; it grants less if its limit is lower.</summary>
    private const int SendBuffer = 1024 * 1024;

    private readonly Socket _listener;
    private readonly IReadOnlyList<NbdExport> _exports;
    private readonly TimeProvider _time;
    private readonly NbdServerOptions _options;
    private readonly NbdPieces _pieces = new();
    private readonly string? _socketPath;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Task _accepting;
    private int _disposed;

    private NbdServer(Socket listener, string? socketPath, IReadOnlyList<NbdExport> exports, TimeProvider time, NbdServerOptions? options)
    {
        _options = options ?? new NbdServerOptions();
        _listener = listener;
        _socketPath = socketPath;
        _exports = exports;
        _time = time;
        Uri = UriOf(exports[0].Name);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where the first export is served: <c>nbd+unix:///NAME?socket=PATH</c> or <c>nbd://ADDRESS:PORT/NAME</c>.</summary>
    public Uri Uri { get; }

    /// <summary>Serves on a unix socket that only its owner may use; a socket left behind by a dead server is replaced.</summary>
    /// <param name="socketPath">At most 107 bytes: a limit of the operating system.</param>
    /// <param name="exports">At least one.</param>
    /// <param name="time">Clock of the negotiation's time limit.</param>
    /// <param name="options">How to deal with clients; null for the defaults.</param>
    /// <exception cref="IOException">The path is too long, in use by a living server, taken by a file of another kind, or cannot be created.</exception>
    public static NbdServer ListenUnix(string socketPath, IReadOnlyList<NbdExport> exports, TimeProvider time, NbdServerOptions? options = null)
    {
        Check(exports);
        var endPoint = UnixSocket.EndPoint(socketPath);
        UnixSocket.RemoveStale(socketPath, endPoint);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(endPoint);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(socketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen(128);
            return new NbdServer(listener, socketPath, exports, time, options);
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            throw new IOException($"Listening on {socketPath}: {exception.Message}", exception);
        }
    }

    /// <summary>Serves on 127.0.0.1, or another address of this machine alone.</summary>
    /// <param name="port">TCP port; 0 takes a free one.</param>
    /// <param name="exports">At least one.</param>
    /// <param name="time">Clock of the negotiation's time limit.</param>
    /// <param name="options">How to deal with clients; null for the defaults.</param>
    /// <param name="address">A loopback address; null for 127.0.0.1.</param>
    /// <exception cref="ArgumentException">The address is not a loopback address: the protocol as spoken here has neither encryption nor authentication.</exception>
    /// <exception cref="IOException">The port is taken, or the machine has no such address.</exception>
    public static NbdServer ListenLoopback(int port, IReadOnlyList<NbdExport> exports, TimeProvider time, NbdServerOptions? options = null, IPAddress? address = null)
    {
        Check(exports);
        address ??= IPAddress.Loopback;
        if (!IPAddress.IsLoopback(address))
        {
            throw new ArgumentException($"{address} is not a loopback address.", nameof(address));
        }

        var endPoint = new IPEndPoint(address, port);
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(endPoint);
            listener.Listen(128);
            return new NbdServer(listener, socketPath: null, exports, time, options);
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            throw new IOException($"Listening on {endPoint}: {exception.Message}", exception);
        }
    }

    /// <summary>Stops listening, hangs up on every client, and returns when no request touches a device any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_connections.Keys).ConfigureAwait(false);
        if (_socketPath is not null)
        {
            File.Delete(_socketPath);
        }

        _stopping.Dispose();
    }

    private static void Check(IReadOnlyList<NbdExport> exports)
    {
        ArgumentNullException.ThrowIfNull(exports);
        if (exports.Count == 0)
        {
            throw new ArgumentException("A server needs something to serve.", nameof(exports));
        }
    }

    private Uri UriOf(string name)
    {
        var export = Uri.EscapeDataString(name);
        return _socketPath is not null
            ? new Uri($"nbd+unix:///{export}?socket={Uri.EscapeDataString(_socketPath).Replace("%2F", "/", StringComparison.Ordinal)}")
            : new Uri($"nbd://{_listener.LocalEndPoint}/{export}");
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that left while it was being accepted.
                continue;
            }

            if (_connections.Count >= _options.MaximumConnections)
            {
                client.Dispose();
                continue;
            }

            var serving = ServeAsync(client);
            _connections[serving] = 0;
            _ = serving.ContinueWith(done => _connections.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        var stream = new NetworkStream(client, ownsSocket: true);
        await using (stream.ConfigureAwait(false))
        {
            var joined = false;
            using var connection = new NbdConnection(stream, _exports, _pieces, _options, _time)
            {
                Chosen = () =>
                {
                    joined = true;
                    _pieces.Join();
                    _options.ClientsChanged?.Invoke(1);
                },
            };
            try
            {
                if (client.AddressFamily != AddressFamily.Unix)
                {
                    client.NoDelay = true;
                }

                client.SendBufferSize = SendBuffer;
                await connection.RunAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // What a client does wrong costs it its connection and nothing else.
            }

            if (joined)
            {
                _pieces.Leave();
                _options.ClientsChanged?.Invoke(-1);
            }
        }
    }
}
