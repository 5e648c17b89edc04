using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Provisioning;

/// <summary>Creates the lab's estate on first use.</summary>
internal sealed class Provisioner(LabLayout layout, LabState state, ClusterClient cluster, LabHost host, TimeProvider time, IProgress<string>? progress)
{
    public Task RunAsync(CancellationToken cancellationToken)
    {
        _ = (layout, state, cluster, host, time, cancellationToken);
        progress?.Report("provisioning the estate");
        return Task.CompletedTask;
    }
}
