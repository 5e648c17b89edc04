using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Blackstart.Lab.Erp;

/// <summary>Answers every request on a port of 127.0.0.1 with 200 or 503 and one line of why; it asks at each request.</summary>
internal sealed class ReadinessServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<CancellationToken, Task<string?>> _trouble;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <summary>Starts it.</summary>
    /// <param name="port">Port.</param>
    /// <param name="trouble">Why it is not ready; null when it is.</param>
    public ReadinessServer(int port, Func<CancellationToken, Task<string?>> trouble)
    {
        _trouble = trouble;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _loop = Task.Run(() => AcceptAsync(_stop.Token), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(cancellationToken);
                _ = AnswerAsync(client, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // That one client went away before it was served.
            }
        }
    }

    private async Task AnswerAsync(TcpClient client, CancellationToken cancellationToken)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                while (!string.IsNullOrEmpty(await reader.ReadLineAsync(cancellationToken)))
                {
                    // Request line and headers: the answer is the same for all of them.
                }

                var trouble = await _trouble(cancellationToken);
                var body = (trouble ?? "ready") + "\n";
                var status = trouble is null ? "200 OK" : "503 Service Unavailable";
                var answer = $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), cancellationToken);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The asker went away, or this process ends.
            }
        }
    }
}
