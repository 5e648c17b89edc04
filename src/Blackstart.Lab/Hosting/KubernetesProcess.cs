using System.Globalization;
using Blackstart.Lab.Kubelet;
using Blackstart.Lab.Kubernetes;
using Blackstart.Lab.Longhorn;

namespace Blackstart.Lab.Hosting;

/// <summary>The cluster as one process, as a k3s server is: API server and controllers, and the kubelets of all nodes, which talk to it over HTTP.</summary>
internal static class KubernetesProcess
{
    /// <summary>Arguments: <c>--state DIR</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var layout = LabLayout.At(new ProcessArguments(arguments).Required("state"));
        var state = await LabState.ReadAsync(layout, cancellationToken);
        var options = new KubernetesServerOptions
        {
            ListenPort = state.Ports.Kubernetes,
            EtcdUrl = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{state.Ports.Etcd}")),
            Folder = layout.Pki,
            KubeconfigPath = layout.Kubeconfig,
            ContextName = "lab",
            PodLogFolder = layout.Logs,
            Webhooks = SettingRules.Webhooks,
        };
        await using var server = await KubernetesServer.StartAsync(options, TimeProvider.System, cancellationToken);

        // The kubelets end first, and with them the pods: their last status still has somebody to hear it.
        await KubeletHost.RunAsync(layout, TimeProvider.System, cancellationToken);
        return 0;
    }
}
