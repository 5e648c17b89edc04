using System.Net.Sockets;
using System.Text;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Nbd;

/// <summary>Unix socket paths.</summary>
internal static class UnixSocket
{
    /// <summary>Bytes of sun_path on Linux less its final NUL (unix(7)); macOS has 4 fewer.</summary>
    private static readonly int MaximumPath = OperatingSystem.IsLinux() ? 107 : 103;

    public static UnixDomainSocketEndPoint EndPoint(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > MaximumPath)
        {
            throw new IOException($"The socket path {path} is longer than the {MaximumPath} bytes that unix sockets allow; choose a shorter directory.");
        }

        return new UnixDomainSocketEndPoint(path);
    }

    /// <summary>Removes a socket that nobody listens on; anything else that has the name stays.</summary>
    /// <exception cref="IOException">A server listens there, or it is not a socket.</exception>
    public static void RemoveStale(string path, UnixDomainSocketEndPoint endPoint)
    {
        if (ReadOnlyDirectory.StatusOf(path) is not { } status)
        {
            return;
        }

        if (status.Kind != FileKind.Socket)
        {
            throw new IOException($"{path} is {status.KindInWords}, not a socket.");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException busy) when (busy.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // Its queue of connections is full: it lives.
        }
        catch (SocketException failure)
        {
            throw new IOException($"{path} cannot be asked whether a server listens there: {failure.Message}", failure);
        }

        throw new IOException($"Another server listens on {path}.");
    }
}
