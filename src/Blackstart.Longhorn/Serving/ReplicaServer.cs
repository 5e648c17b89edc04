using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Nbd;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Serving;

/// <summary>
/// Serves the volume that a replica directory holds, read-only, over the Network Block Device protocol: nothing is copied first, so a
/// volume of any size needs no room. The directory is opened and judged as for an export, and nothing in it is changed.
/// </summary>
public sealed class ReplicaServer : IAsyncDisposable
{
    /// <summary>A client that comes back sooner than this did not leave: tools look at an export before they copy it.</summary>
    private static readonly TimeSpan ComingBack = TimeSpan.FromSeconds(1);

    /// <summary>The longest name the protocol knows.</summary>
    private const int LongestName = 4096;

    private readonly ReplicaDirectory _replica;
    private readonly MergedVolumeDevice _device;
    private readonly MergedVolume _volume;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, byte> _told = new(StringComparer.Ordinal);
    private readonly NbdServer _server;
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _clients;
    private bool _served;
    private int _disposed;

    private ReplicaServer(ReplicaDirectory replica, MergedVolume volume, IReadOnlyList<Finding> findings, ServeOptions options, TimeProvider time)
    {
        _replica = replica;
        _volume = volume;
        _time = time;
        Findings = findings;
        _device = new MergedVolumeDevice(volume, time, failure =>
        {
            // A disk that fails does so at many places; a few say it all.
            if (_told.Count < 100 && _told.TryAdd(failure.Reason, 0))
            {
                options.Failed?.Invoke(failure);
            }
        });
        Volume = replica.Judgement.Name?.Volume ?? Path.GetFileName(replica.Judgement.Path);
        var name = options.ExportName ?? Volume;
        if (Encoding.UTF8.GetByteCount(name) > LongestName)
        {
            throw new SalvageException(SalvageCode.CannotListen, $"the export's name is longer than {LongestName} bytes");
        }

        var export = new NbdExport(name, _device)
        {
            ReadOnly = true,
            Description = $"Longhorn volume {Volume}{(options.Snapshot is { } snapshot ? $" as of snapshot {snapshot}" : "")}, merged from {replica.Judgement.Path}",
        };
        var server = options.Server with
        {
            ClientsChanged = change =>
            {
                options.Server.ClientsChanged?.Invoke(change);
                ClientsChanged(change);
            },
        };
        _server = Listen(export, options, server);
    }

    /// <summary>Where the volume is served: an NBD URI, as <c>nbdcopy</c> and <c>qemu-img</c> take it.</summary>
    public Uri Uri => _server.Uri;

    /// <summary>Name of the volume.</summary>
    public string Volume { get; }

    /// <summary>Size of the volume in bytes.</summary>
    public long Size => _volume.Size;

    /// <summary>What is to be said of the replica: warnings and notes.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>Opens and judges a replica directory and begins to serve it.</summary>
    /// <param name="directory">The replica directory.</param>
    /// <param name="options">Where and as what.</param>
    /// <param name="judging">How to judge; null for the defaults.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops the judging.</param>
    /// <exception cref="SalvageException">
    /// The replica is refused (its code), there is no such snapshot, the address is not a loopback address, the socket would lie among
    /// replicas, or nothing can listen there.
    /// </exception>
    public static async Task<ReplicaServer> StartAsync(string directory, ServeOptions options, JudgingOptions? judging, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.SocketPath is null == options.Port is null)
        {
            throw new ArgumentException("Either a socket or a port.", nameof(options));
        }

        if (options.SocketPath is null && !IPAddress.IsLoopback(options.Address))
        {
            throw new SalvageException(SalvageCode.NotLoopback, $"{options.Address} can be reached from other machines, and whoever reaches it reads the volume");
        }

        if (options.SocketPath is { } path)
        {
            SocketFolder.Check(path);
        }

        var replica = await Task.Run(() => ReplicaDirectory.Open(directory, judging, cancellationToken), cancellationToken).ConfigureAwait(false);
        try
        {
            var judgement = replica.Judgement;
            if (options.Snapshot is not { } snapshot)
            {
                return new ReplicaServer(replica, replica.Volume, judgement.Findings, options, time);
            }

            var view = await Task.Run(() => replica.ViewOf(snapshot, cancellationToken), cancellationToken).ConfigureAwait(false);
            return new ReplicaServer(replica, view.Volume, view.Findings, options, time);
        }
        catch
        {
            replica.Dispose();
            throw;
        }
    }

    /// <summary>Completes when clients were there and all have left, and none came back for a second.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WhenLeftAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            bool left;
            lock (_lock)
            {
                (changed, left) = (_changed.Task, _served && _clients == 0);
            }

            if (!left)
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            try
            {
                await changed.WaitAsync(ComingBack, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    /// <summary>Hangs up on every client, stops listening, and says whether the source is still what it was when it was judged.</summary>
    /// <returns>Null if it is unchanged; otherwise what changed.</returns>
    public async Task<SalvageException?> StopAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        try
        {
            _volume.CheckUnchanged();
            return null;
        }
        catch (SalvageException changed)
        {
            return changed;
        }
    }

    /// <summary>Stops and closes the replica directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _server.DisposeAsync().ConfigureAwait(false);
            await _device.DisposeAsync().ConfigureAwait(false);
            _replica.Dispose();
        }
    }

    private NbdServer Listen(NbdExport export, ServeOptions options, NbdServerOptions server)
    {
        try
        {
            return options.SocketPath is { } path
                ? NbdServer.ListenUnix(Path.GetFullPath(path), [export], _time, server)
                : NbdServer.ListenLoopback(options.Port!.Value, [export], _time, server, options.Address);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw new SalvageException(SalvageCode.CannotListen, failure.Message.TrimEnd('.'), failure);
        }
    }

    private void ClientsChanged(int change)
    {
        TaskCompletionSource before;
        lock (_lock)
        {
            _clients += change;
            _served = true;
            before = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        before.SetResult();
    }
}
