using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Kubelet;

/// <summary>The kubelets of all nodes in one process; each talks to the API server over HTTP with a client of its own.</summary>
internal static class KubeletHost
{
    /// <summary>Runs them until stopped, and returns when their pods' processes are gone.</summary>
    public static async Task RunAsync(LabLayout layout, TimeProvider time, CancellationToken cancellationToken)
    {
        PodFolders.EndProcesses(layout);
        using var launcher = new ProcessLauncher(layout);
        await Task.WhenAll(LabLayout.NodeNames.Select(node => RunOneAsync(layout, node, launcher, time, cancellationToken)));
    }

    private static async Task RunOneAsync(LabLayout layout, string node, ProcessLauncher launcher, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, time, cancellationToken);
        using var attacher = new LonghornAttacher(node, client, time);
        var context = new KubeletContext(node, layout, client, launcher, LabProgram.Current, new CommandLine(time), attacher, time);
        await new Kubelet(context).RunAsync(cancellationToken);
    }
}
