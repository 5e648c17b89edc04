using System.Net.Sockets;
using System.Text;

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

    /// <summary>Removes a socket that nobody listens on.</summary>
    public static void RemoveStale(string path, UnixDomainSocketEndPoint endPoint)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }

        throw new IOException($"Another server listens on {path}.");
    }
}
