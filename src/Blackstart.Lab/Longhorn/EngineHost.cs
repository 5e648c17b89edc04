using System.Collections.Concurrent;
using Blackstart.Lab.Longhorn.Engine;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Longhorn;

/// <summary>What instance managers do on all nodes: run the engines of attached volumes, and offer their block devices.</summary>
internal sealed class EngineHost(IReadOnlyDictionary<string, LonghornDisk> disks, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RunningEngine> _running = new(StringComparer.Ordinal);

    public IReadOnlyCollection<RunningEngine> All => [.. _running.Values];

    public RunningEngine? Find(string volume) => _running.GetValueOrDefault(volume);

    /// <summary>Starts a volume's engine on a node.</summary>
    /// <exception cref="IOException">No replica can be trusted, or the device cannot be offered.</exception>
    public async Task<RunningEngine> StartAsync(
        string volume,
        string volumeUid,
        string node,
        long size,
        IReadOnlyList<ReplicaSource> replicas,
        bool frontendDisabled,
        EngineOptions options)
    {
        var engine = await Task.Run(() => VolumeEngine.Start(volume, size, replicas, options));
        try
        {
            var device = frontendDisabled
                ? null
                : NbdServer.ListenUnix(Path.Combine(disks[node].Devices, volume + ".sock"), [new NbdExport(volume, engine)], time);
            var running = new RunningEngine(volume, volumeUid, node, engine, device, time);
            _running[volume] = running;
            return running;
        }
        catch
        {
            await engine.AbandonAsync();
            throw;
        }
    }

    public async Task StopAsync(RunningEngine running, bool clean)
    {
        await running.StopAsync(clean);
        _running.TryRemove(KeyValuePair.Create(running.Volume, running));
        running.Dispose();
    }

    public Task StopAllAsync() => Task.WhenAll(All.Select(running => StopAsync(running, clean: true)));
}
