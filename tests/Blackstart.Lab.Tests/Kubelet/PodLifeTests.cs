using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Tests.Hosting;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Tests.Kubelet;

/// <summary>Pods of a whole lab, as kubectl sees them.</summary>
public sealed class PodLifeTests(RunningLab lab) : IClassFixture<RunningLab>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pod_waits_for_its_secret_then_crash_loops_and_goes_when_deleted()
    {
        using var cluster = await lab.ConnectAsync();
        await cluster.ApplyAsync(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: broken, namespace: erp }
            spec:
              terminationGracePeriodSeconds: 2
              containers:
                - name: main
                  image: blackstart.lab/documents
                  args: [--volume, "nbd+unix:///none?socket=/nowhere/none.sock", --listen, "1"]
                  volumeMounts: [{ name: secret, mountPath: /etc/secret }]
              volumes:
                - name: secret
                  secret: { secretName: not-there-yet }
            """,
            Cancel);

        await lab.UntilAsync(async () => await HasEventAsync(cluster, "FailedMount", "secret \"not-there-yet\" not found"), "the missing Secret is told");
        (await PodAsync(cluster)).TextAt("status", "phase").ShouldBe("Pending");
        Waiting(await PodAsync(cluster)).ShouldBe("ContainerCreating");

        await cluster.ApplyAsync("{ apiVersion: v1, kind: Secret, metadata: { name: not-there-yet, namespace: erp }, stringData: { a: b } }", Cancel);

        await lab.UntilAsync(
            async () => await PodAsync(cluster) is { } pod && Waiting(pod) == "CrashLoopBackOff" && Restarts(pod) >= 2,
            "the container crash-loops");
        var last = (await PodAsync(cluster)).ItemsAt("status", "containerStatuses").Single();
        last.At("lastState", "terminated", "exitCode")!.GetValue<int>().ShouldBe(1);

        await cluster.DeleteAsync(ResourceType.Pods, "erp", "broken", Cancel);

        await lab.UntilAsync(async () => await cluster.GetAsync(ResourceType.Pods, "erp", "broken", Cancel) is null, "the pod is gone");
        lab.Table.Find("pod-erp-broken").ShouldBeNull();
    }

    [Fact]
    public async Task Scaling_down_gives_the_volume_back_and_scaling_up_attaches_it_again()
    {
        using var cluster = await lab.ConnectAsync();
        await ScaleAsync(cluster, 0);
        await lab.UntilAsync(async () => await VolumeStateAsync(cluster) == "detached", "the volume is detached");
        lab.Table.Read().ShouldNotContain(record => record.Name.StartsWith("pod-erp-documents", StringComparison.Ordinal));

        await ScaleAsync(cluster, 1);

        await lab.UntilAsync(
            async () => (await cluster.GetAsync(ResourceType.Deployments, "erp", "documents", Cancel)).At("status", "readyReplicas")?.GetValue<int>() == 1,
            "the pod is ready again");
        (await VolumeStateAsync(cluster)).ShouldBe("attached");
    }

    [Fact]
    public async Task Stock_kubectl_shows_nodes_pods_and_logs()
    {
        var commandLine = new CommandLine(TimeProvider.System);
        async Task<string> KubectlAsync(params string[] words) =>
            (await commandLine.RunAsync(new Command("kubectl", ["--kubeconfig", lab.Layout.Kubeconfig, "--context", "lab", .. words]), Cancel)).StandardOutput;

        (await KubectlAsync("get", "nodes")).Split('\n').Count(line => line.Contains(" Ready ", StringComparison.Ordinal)).ShouldBe(3);
        foreach (var node in LabLayout.NodeNames)
        {
            var machine = (await File.ReadAllTextAsync(lab.Layout.MachineId(node), Cancel)).Trim();
            machine.ShouldMatch("^[0-9a-f]{32}$");
            (await KubectlAsync("get", "node", node, "-o", "jsonpath={.status.nodeInfo.machineID}")).ShouldBe(machine);
        }

        (await KubectlAsync("get", "pods", "-n", "erp", "erp-0")).ShouldContain("1/1");
        (await KubectlAsync("logs", "-n", "erp", "erp-0", "--tail", "1")).ShouldContain("erp: ");
        (await KubectlAsync("describe", "pod", "-n", "vault", "vault-0")).ShouldContain("vault-data");
    }

    private static string? Waiting(JsonObject? pod) =>
        pod.ItemsAt("status", "containerStatuses").Select(status => status.TextAt("state", "waiting", "reason")).FirstOrDefault();

    private static int Restarts(JsonObject pod) => pod.ItemsAt("status", "containerStatuses").Single()["restartCount"]!.GetValue<int>();

    private static Task<JsonObject?> PodAsync(ClusterClient cluster) => cluster.GetAsync(ResourceType.Pods, "erp", "broken", Cancel);

    private static async Task<bool> HasEventAsync(ClusterClient cluster, string reason, string message) =>
        (await cluster.ListAsync(ResourceType.Events, "erp", Cancel)).Any(item =>
            item.TextAt("reason") == reason && item.TextAt("message")?.Contains(message, StringComparison.Ordinal) == true);

    private static async Task<string?> VolumeStateAsync(ClusterClient cluster) =>
        (await cluster.GetAsync(ResourceType.Longhorn("volumes"), "longhorn-system", "documents", Cancel)).TextAt("status", "state");

    private static Task<JsonObject?> ScaleAsync(ClusterClient cluster, int replicas) =>
        cluster.PatchAsync(ResourceType.Deployments, "erp", "documents", new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } }, Cancel);
}
