using System.Threading.Channels;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Longhorn;

/// <summary>The lab's Longhorn: managers and instance managers of all nodes in one process.</summary>
internal static class LonghornProcess
{
    /// <summary>
    /// Runs until stopped. Arguments: <c>--state DIR</c>, the lab's state directory; <c>--kubeconfig PATH</c>, by default the one in it.
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var options = new ProcessArguments(arguments);
        var layout = new LabLayout(Path.GetFullPath(options.Required("state")));
        await RunAsync(layout, options.Optional("kubeconfig") ?? layout.Kubeconfig, TimeProvider.System, Console.Out.WriteLine, cancellationToken);
        return 0;
    }

    /// <summary>Runs until stopped.</summary>
    public static async Task RunAsync(LabLayout layout, string kubeconfig, TimeProvider time, Action<string> log, CancellationToken cancellationToken)
    {
        using var client = await ClusterClient.FromKubeconfigAsync(kubeconfig, time, cancellationToken);
        var disks = LabLayout.NodeNames.ToDictionary(node => node, node => LonghornDisk.Open(node, layout.LonghornDisk(node), layout.Devices(node)), StringComparer.Ordinal);
        var store = new ObjectStore(client);
        var wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var context = new LonghornContext(store, new LonghornSettings(store), disks, time, line => log($"{time.Timestamp()} {line}"), () => wakes.Writer.TryWrite(true));
        await new LonghornLoop(context, new EngineHost(disks, time), wakes.Reader).RunAsync(cancellationToken);
    }
}
