using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Kubelet;

/// <summary>What every part of one node's kubelet works with.</summary>
internal sealed record KubeletContext(
    string Node,
    LabLayout Layout,
    ClusterClient Client,
    ProcessLauncher Launcher,
    LabProgram Program,
    ICommandLine CommandLine,
    LonghornAttacher Attacher,
    TimeProvider Time)
{
    public EventRecorder Events { get; } = new(Node, Client, Time);

    /// <summary>Where the node keeps what its pods mount.</summary>
    public string PodsFolder => Path.Combine(Layout.Node(Node), "pods");

    public string Now() => Timestamp(Time.GetUtcNow());

    /// <summary>A moment as Kubernetes writes it: RFC 3339 to the second.</summary>
    public static string Timestamp(DateTimeOffset moment) =>
        moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
