using System.Net;
using System.Net.Sockets;

namespace Blackstart.Longhorn.Nbd;

/// <summary>
/// An NBD URI taken apart (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md): <c>nbd+unix:///EXPORT?socket=PATH</c>
/// or <c>nbd://HOST[:PORT]/EXPORT</c>, port 10809 unless given.
/// </summary>
internal sealed record NbdAddress(string Export, EndPoint EndPoint)
{
    private const int DefaultPort = 10809;

    /// <summary>Takes a URI apart.</summary>
    /// <exception cref="FormatException">Not an NBD URI of these two kinds.</exception>
    public static NbdAddress Parse(Uri uri)
    {
        if (!uri.IsAbsoluteUri)
        {
            throw new FormatException($"'{uri}' is not an NBD URI.");
        }

        var export = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        switch (uri.Scheme)
        {
            case "nbd" when uri.Host.Length == 0:
                throw new FormatException($"'{uri}' names no host.");
            case "nbd":
                return new NbdAddress(export, new DnsEndPoint(uri.Host, uri.Port > 0 ? uri.Port : DefaultPort));
            case "nbd+unix":
                var socket = uri.Query.TrimStart('?').Split('&')
                    .Where(pair => pair.StartsWith("socket=", StringComparison.Ordinal))
                    .Select(pair => Uri.UnescapeDataString(pair["socket=".Length..]))
                    .FirstOrDefault();
                return string.IsNullOrEmpty(socket)
                    ? throw new FormatException($"'{uri}' names no socket.")
                    : new NbdAddress(export, UnixSocket.EndPoint(socket));
            default:
                throw new FormatException($"'{uri}' is not an NBD URI: its scheme is neither nbd nor nbd+unix.");
        }
    }

    public async Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = EndPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(EndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new IOException($"Connecting to the NBD server at {EndPoint}: {exception.Message}", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
