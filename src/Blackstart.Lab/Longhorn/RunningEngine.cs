using Blackstart.Lab.Longhorn.Engine;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Longhorn;

/// <summary>An attached volume: its engine, and the block device unless it is attached for maintenance.</summary>
internal sealed class RunningEngine(string volume, string volumeUid, string node, VolumeEngine engine, NbdServer? device, TimeProvider time) : IDisposable
{
    private const int MostRetries = 5;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, (int Failures, DateTimeOffset NotBefore)> _failures = new(StringComparer.Ordinal);
    private Task _rebuild = Task.CompletedTask;

    public string Volume => volume;

    public string VolumeUid => volumeUid;

    public string Node => node;

    public string Id { get; } = Guid.NewGuid().ToString();

    public VolumeEngine Engine => engine;

    public bool FrontendDisabled => device is null;

    /// <summary>Where the block device is; empty without one.</summary>
    public string Endpoint => device?.Uri.OriginalString ?? "";

    /// <summary>False when no replica is left to serve from.</summary>
    public bool IsAlive => engine.Replicas.Any(replica => replica.Mode == ReplicaMode.ReadWrite);

    public bool IsRebuilding => !_rebuild.IsCompleted;

    /// <summary>The replica that is being rebuilt; null if none is.</summary>
    public string? Rebuilding { get; private set; }

    /// <summary>Whether a rebuild of this replica may be tried now: later after each failure, and not for ever.</summary>
    public bool MayRebuild(string replica) =>
        !_failures.TryGetValue(replica, out var failures) || (failures.Failures < MostRetries && time.GetUtcNow() >= failures.NotBefore);

    public void StartRebuild(string replica, string path, Action<string> log, Action wake)
    {
        Rebuilding = replica;
        _rebuild = Task.Run(async () =>
        {
            try
            {
                log($"volume {volume}: rebuilding replica {replica}");
                await engine.RebuildAsync(replica, path, _stopping.Token);
                log($"volume {volume}: replica {replica} is rebuilt");
            }
            catch (Exception exception)
            {
                var count = _failures.GetValueOrDefault(replica).Failures + 1;
                _failures[replica] = (count, time.GetUtcNow() + (FirstRetry * count));
                log($"volume {volume}: rebuilding replica {replica} failed: {exception.Message}");
            }
            finally
            {
                Rebuilding = null;
                wake();
            }
        });
    }

    /// <summary>Closes the device, then the engine: cleanly, or as if the power had gone.</summary>
    public async Task StopAsync(bool clean)
    {
        await _stopping.CancelAsync();
        await _rebuild;
        if (device is not null)
        {
            await device.DisposeAsync();
        }

        if (clean)
        {
            await engine.DisposeAsync();
        }
        else
        {
            await engine.AbandonAsync();
        }
    }

    public void Dispose() => _stopping.Dispose();
}
