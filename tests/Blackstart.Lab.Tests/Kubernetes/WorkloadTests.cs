namespace Blackstart.Lab.Tests.Kubernetes;

public sealed class WorkloadTests(LabCluster cluster) : IClassFixture<LabCluster>
{
    [Fact]
    public async Task A_pod_goes_to_a_ready_node_that_has_its_image_and_to_no_other()
    {
        await NodeAsync("bare", "other:1");
        await NodeAsync("stocked", "erp:1");
        await cluster.ApplyAsync("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"fits"},"spec":{"containers":[{"name":"a","image":"erp:1"}]}}""");
        await cluster.ApplyAsync("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"stranger"},"spec":{"containers":[{"name":"a","image":"unknown:1"}]}}""");
        await cluster.UntilAsync(run => run.Output == "stocked", "get", "pod", "fits", "-o", "jsonpath={.spec.nodeName}");
        await cluster.UntilAsync(run => run.Output.Contains("didn't have the pod's image", StringComparison.Ordinal),
            "get", "pod", "stranger", "-o", "jsonpath={.status.conditions[?(@.type==\"PodScheduled\")].message}");
    }

    [Fact]
    public async Task A_deployment_rolls_over_to_its_new_template_as_pods_become_ready()
    {
        await cluster.KubectlAsync("create", "deployment", "rolling", "--image=a:1", "--replicas=2");
        await ReadyAsync("app=rolling", 2);
        await cluster.KubectlAsync("rollout", "status", "deployment/rolling", "--timeout=20s");
        await cluster.KubectlAsync("set", "image", "deployment/rolling", "a=a:2");
        var rolled = cluster.KubectlAsync("rollout", "status", "deployment/rolling", "--timeout=30s");
        while (!rolled.IsCompleted)
        {
            await ReadyAsync("app=rolling", 1);
        }

        await rolled;
        (await cluster.KubectlAsync("get", "pods", "-l", "app=rolling", "-o", "jsonpath={.items[*].spec.containers[0].image}")).ShouldBe("a:2 a:2");
    }

    [Fact]
    public async Task A_stateful_set_makes_its_pods_and_claims_in_order()
    {
        await cluster.ApplyAsync("""
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db"},"spec":{"serviceName":"db","replicas":2,"selector":{"matchLabels":{"app":"db"}},
             "template":{"metadata":{"labels":{"app":"db"}},"spec":{"containers":[{"name":"db","image":"db:1"}]}},
             "volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]}}
            """);
        await cluster.UntilAsync(run => run.Output.Trim() == "pod/db-0", "get", "pods", "-l", "app=db", "-o", "name");
        await ReadyAsync("app=db", 1);
        await cluster.UntilAsync(run => run.Output.Trim() == "pod/db-0\npod/db-1", "get", "pods", "-l", "app=db", "-o", "name");
        (await cluster.KubectlAsync("get", "pvc", "-l", "app=db", "-o", "name")).Trim().ShouldBe("persistentvolumeclaim/data-db-0\npersistentvolumeclaim/data-db-1");
    }

    [Fact]
    public async Task A_claim_binds_to_the_volume_it_names_and_keeps_it_from_others()
    {
        await cluster.ApplyAsync("""
            {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"disk"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"storageClassName":"by-hand","csi":{"driver":"driver.longhorn.io","volumeHandle":"disk"}}}
            """);
        foreach (var name in (string[])["first", "second"])
        {
            await cluster.ApplyAsync($$$$$"""{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"{{{{{name}}}}}"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"by-hand","volumeName":"disk","resources":{"requests":{"storage":"1Gi"}}}}""");
            await cluster.UntilAsync(run => run.Output == "Bound", "get", "pvc", "first", "-o", "jsonpath={.status.phase}");
        }

        (await cluster.KubectlAsync("get", "pvc", "second", "-o", "jsonpath={.status.phase}")).ShouldBe("Pending");
        (await cluster.KubectlAsync("get", "pv", "disk", "-o", "jsonpath={.spec.claimRef.name}")).ShouldBe("first");
    }

    private async Task NodeAsync(string name, string image)
    {
        await cluster.ApplyAsync($$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"}}""");
        await cluster.KubectlAsync("patch", "node", name, "--subresource=status", "--type=merge",
            "-p", $$$"""{"status":{"conditions":[{"type":"Ready","status":"True"}],"images":[{"names":["{{{image}}}"]}]}}""");
    }

    // What a kubelet would write, for at least so many pods.
    private async Task ReadyAsync(string selector, int count)
    {
        await cluster.UntilAsync(run => run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= count, "get", "pods", "-l", selector, "-o", "name");
        foreach (var pod in (await cluster.KubectlAsync("get", "pods", "-l", selector, "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await cluster.TryKubectlAsync(null, "patch", pod, "--subresource=status", "--type=merge", "-p", """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""");
        }
    }
}
