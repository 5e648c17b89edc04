using Blackstart.Core.Errors;
using Blackstart.Lab.Kubernetes;

namespace Blackstart.Lab.Tests.Kubernetes;

public sealed class RestartTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_is_there_after_etcd_was_killed()
    {
        await using var cluster = new LabCluster();
        await cluster.InitializeAsync();
        await cluster.KubectlAsync("create", "secret", "generic", "kept", "--from-literal=a=1");
        await cluster.KubectlAsync("create", "deployment", "web", "--image=web:1", "--replicas=2");
        await cluster.UntilAsync(run => run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 2, "get", "pods", "-l", "app=web", "-o", "name");
        var identity = await cluster.KubectlAsync("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}");
        var token = cluster.AdministratorToken;
        var pods = await cluster.KubectlAsync("get", "pods", "-o", "name");
        var secret = await cluster.KubectlAsync("get", "secret", "kept", "-o", "json");

        await cluster.RestartAsync(Cancelled);

        cluster.AdministratorToken.ShouldBe(token);
        (await cluster.KubectlAsync("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")).ShouldBe(identity);
        (await cluster.KubectlAsync("get", "secret", "kept", "-o", "json")).ShouldBe(secret);
        (await cluster.KubectlAsync("get", "pods", "-o", "name")).ShouldBe(pods);
        await cluster.KubectlAsync("scale", "deployment", "web", "--replicas=0");
        await cluster.UntilAsync(run => run.ExitCode == 0 && run.Output.Length == 0, "get", "pods", "-l", "app=web", "-o", "name");
    }

    [Fact]
    public async Task Without_etcd_the_start_fails_and_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("blackstart-kubernetes-").FullName;
        try
        {
            var problem = await Should.ThrowAsync<BlackstartException>(() => KubernetesServer.StartAsync(
                new KubernetesServerOptions
                {
                    EtcdUrl = new Uri("http://127.0.0.1:1"),
                    Folder = folder,
                    KubeconfigPath = Path.Combine(folder, "kubeconfig"),
                    ContextName = "lab",
                    EtcdPatience = TimeSpan.FromMilliseconds(200),
                },
                TimeProvider.System,
                Cancelled));
            problem.Code.ShouldBe("BS6101");
            File.Exists(Path.Combine(folder, "kubeconfig")).ShouldBeFalse();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        await using var cluster = new LabCluster();
        await cluster.InitializeAsync();
        var folder = Directory.CreateTempSubdirectory("blackstart-kubernetes-").FullName;
        using var etcd = EtcdProcess.Start(Path.Combine(folder, "etcd"));
        try
        {
            var problem = await Should.ThrowAsync<BlackstartException>(() => KubernetesServer.StartAsync(
                new KubernetesServerOptions { EtcdUrl = etcd.Address, Folder = folder, KubeconfigPath = Path.Combine(folder, "kubeconfig"), ContextName = "lab", ListenPort = cluster.Address.Port },
                TimeProvider.System,
                Cancelled));
            problem.Code.ShouldBe("BS6102");
            problem.Message.ShouldContain($"127.0.0.1:{cluster.Address.Port}");
        }
        finally
        {
            etcd.Kill();
            Directory.Delete(folder, recursive: true);
        }
    }
}
