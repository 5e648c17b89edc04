using System.Net;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Longhorn.Serving;

/// <summary>Where and as what a volume is served. Either <see cref="SocketPath"/> or <see cref="Port"/> is given.</summary>
public sealed record ServeOptions
{
    /// <summary>The unix socket to make: in an existing folder outside of Longhorn's disks, at most 107 bytes long.</summary>
    public string? SocketPath { get; init; }

    /// <summary>TCP port; 0 takes a free one.</summary>
    public int? Port { get; init; }

    /// <summary>The address that the port is opened at; a loopback address.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Name of the export; null for the volume's own.</summary>
    public string? ExportName { get; init; }

    /// <summary>A snapshot's own name, to serve the volume as of it; null for the volume as its last writer saw it.</summary>
    public string? Snapshot { get; init; }

    /// <summary>How to deal with clients.</summary>
    public NbdServerOptions Server { get; init; } = new();

    /// <summary>Told of each kind of failure of the source once, from any thread; the client gets EIO.</summary>
    public Action<SalvageException>? Failed { get; init; }
}
