using System.Threading.Channels;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>Runs the controllers whenever an object changed or an engine noticed something, and once a second to look at the disks.</summary>
internal sealed class LonghornLoop(LonghornContext context, EngineHost engines, ChannelReader<bool> wakes)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly NodeController _nodes = new(context);
    private readonly DeletionController _deletions = new(context, engines);
    private readonly OrphanController _orphans = new(context);
    private readonly SnapshotController _snapshots = new(context, engines);
    private readonly VolumeController _volumes = new(context, engines, new VolumeObjects(context), new VolumeReport(context));
    private string _lastComplaint = "";

    /// <summary>Goes on until the token fires; then volumes are closed, and attached again by their tickets at the next start.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var following = LonghornKinds.Watched.Select(type => context.Store.FollowAsync(type, context.Wake, cancellationToken)).Append(TickAsync(cancellationToken)).ToList();
        try
        {
            while (!following.Exists(task => task.IsFaulted))
            {
                await wakes.ReadAsync(cancellationToken);
                if (LonghornKinds.Watched.All(context.Store.IsSynced))
                {
                    await RoundAsync(cancellationToken);
                }
            }

            await Task.WhenAny(following.Where(task => task.IsFaulted)).Unwrap();
        }
        finally
        {
            await engines.StopAllAsync();
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        await GuardAsync("engines", _ => _deletions.ForgetAsync(), cancellationToken);
        await Task.WhenAll(context.Store.All(LonghornKinds.Volumes).Select(volume =>
            GuardAsync($"volume {volume.Name()}", token => _volumes.ReconcileAsync(volume, token), cancellationToken)));
        await GuardAsync("snapshots", _snapshots.ReconcileAsync, cancellationToken);
        await GuardAsync("deletions", _deletions.ReconcileAsync, cancellationToken);
        await GuardAsync("orphans", _orphans.ReconcileAsync, cancellationToken);
        await GuardAsync("nodes", _nodes.ReconcileAsync, cancellationToken);
    }

    /// <summary>What fails in one round is tried again in the next one; a complaint that repeats is not.</summary>
    private async Task GuardAsync(string what, Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var complaint = $"{what}: {exception.GetType().Name}: {exception.Message}";
            if (Interlocked.Exchange(ref _lastComplaint, complaint) != complaint)
            {
                context.Log(complaint);
            }
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, context.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            context.Wake();
        }
    }
}
