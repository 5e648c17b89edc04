using System.Globalization;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>The kubelet of one node: keeps its node object fresh and runs the pods bound to it as processes of this machine.</summary>
internal sealed class Kubelet(KubeletContext context)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, (PodWorker Worker, Task Task)> _pods = new(StringComparer.Ordinal);

    /// <summary>Works until it is stopped; then ends its pods' processes in order and leaves the objects as they are, as a node does that shuts down.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        PodFolders.Clean(context);
        var heart = BeatAsync(cancellationToken);
        try
        {
            await foreach (var change in context.Client.WatchAsync(ResourceType.Pods, null, labelSelector: null, cancellationToken))
            {
                if (change.Type == WatchEventType.Synced)
                {
                    await SweepAsync(cancellationToken);
                }
                else if (change.Object.TextAt("spec", "nodeName") == context.Node)
                {
                    Take(change, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }

        await Task.WhenAll(_pods.Values.Select(pod => pod.Task));
        foreach (var (worker, _) in _pods.Values)
        {
            worker.Dispose();
        }

        await heart;
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            var used = new HashSet<string>(StringComparer.Ordinal);
            foreach (var pod in await context.Client.ListAsync(ResourceType.Pods, null, cancellationToken))
            {
                if (pod.TextAt("spec", "nodeName") == context.Node)
                {
                    used.UnionWith(await PodClaims.VolumesAsync(context.Client, pod, cancellationToken));
                }
            }

            await context.Attacher.SweepAsync(used, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or ClusterApiException or TimeoutException)
        {
            // Tickets left over are harmless; the next start of the kubelets sweeps again.
            await Console.Error.WriteLineAsync($"kubelet {context.Node}: {e.Message}");
        }
    }

    private void Take(WatchEvent change, CancellationToken cancellationToken)
    {
        var uid = change.Object.Uid();
        foreach (var (gone, pod) in _pods.Where(pair => pair.Value.Task.IsCompleted && pair.Key != uid).ToList())
        {
            _pods.Remove(gone);
            pod.Worker.Dispose();
        }

        if (_pods.TryGetValue(uid, out var known))
        {
            known.Worker.Tell(change.Object, change.Type == WatchEventType.Deleted);
            return;
        }

        var phase = change.Object.TextAt("status", "phase");
        if (change.Type == WatchEventType.Deleted || (phase is "Succeeded" or "Failed" && !change.Object.IsBeingDeleted()))
        {
            return;
        }

        var worker = new PodWorker(context, change.Object);
        _pods[uid] = (worker, Task.Run(() => worker.RunAsync(cancellationToken), CancellationToken.None));
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        var report = new NodeReport(context);
        var pause = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(pause, context.Time, cancellationToken);
                await report.SendAsync(cancellationToken);
                pause = Heartbeat;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or ClusterApiException or TimeoutException or IOException)
            {
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"kubelet {context.Node}: node status not sent: {e.Message}"));
                pause = Retry;
            }
        }
    }
}
