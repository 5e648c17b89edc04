using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Tests.Kubernetes;

public sealed class ObjectTests(LabCluster cluster) : IClassFixture<LabCluster>
{
    private static readonly string Definition = """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"PLURAL.test.blackstart.dev"},
         "spec":{"group":"test.blackstart.dev","scope":"Namespaced","names":{"plural":"PLURAL","singular":"SINGULAR","kind":"KIND"},
          "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{
           "spec":{"type":"object","required":["size"],"properties":{"size":{"type":"integer","minimum":1},"mode":{"type":"string","enum":["fast","safe"],"default":"safe"}}},
           "status":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}}
        """;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_is_made_changed_listed_and_deleted()
    {
        await cluster.KubectlAsync("create", "configmap", "plain", "--from-literal=a=1");
        await cluster.KubectlAsync("label", "configmap", "plain", "tier=db");
        await cluster.KubectlAsync("patch", "configmap", "plain", "--type=merge", "-p", """{"data":{"a":null,"b":"2"}}""");
        (await cluster.KubectlAsync("get", "configmap", "-l", "tier in (db)", "-o", "jsonpath={.items[*].data}")).ShouldBe("""{"b":"2"}""");
        await cluster.KubectlAsync("delete", "configmap", "plain");
        (await cluster.TryKubectlAsync(null, "get", "configmap", "plain")).Error.ShouldContain("configmaps \"plain\" not found");
    }

    [Fact]
    public async Task A_stale_version_is_a_conflict()
    {
        await cluster.KubectlAsync("create", "configmap", "contested", "--from-literal=n=1");
        var old = await cluster.KubectlAsync("get", "configmap", "contested", "-o", "json");
        await cluster.KubectlAsync("patch", "configmap", "contested", "--type=merge", "-p", """{"data":{"n":"2"}}""");
        var run = await cluster.TryKubectlAsync(old, "replace", "-f", "-");
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("the object has been modified");
    }

    [Fact]
    public async Task Writers_at_the_same_time_lose_nothing()
    {
        await cluster.KubectlAsync("create", "configmap", "crowded");
        using var client = cluster.Client(cluster.AdministratorToken);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            using var body = new StringContent($$$"""{"data":{"k{{{number}}}":"{{{number}}}"}}""", Encoding.UTF8, "application/merge-patch+json");
            using var answer = await client.PatchAsync(new Uri("/api/v1/namespaces/default/configmaps/crowded", UriKind.Relative), body, Cancelled);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }));
        var value = LabCluster.Json(await cluster.KubectlAsync("get", "configmap", "crowded", "-o", "json"));
        value["data"]!.AsObject().Count.ShouldBe(40);
    }

    [Fact]
    public async Task A_watch_reports_every_change_in_order()
    {
        using var client = cluster.Client(cluster.AdministratorToken);
        var list = LabCluster.Json(await client.GetStringAsync(new Uri("/api/v1/namespaces/default/secrets", UriKind.Relative), Cancelled));
        var version = list["metadata"]!["resourceVersion"]!.GetValue<string>();
        await cluster.KubectlAsync("create", "secret", "generic", "watched", "--from-literal=a=1");
        await using var stream = await client.GetStreamAsync(new Uri($"/api/v1/namespaces/default/secrets?watch=1&resourceVersion={version}&fieldSelector=metadata.name%3Dwatched", UriKind.Relative), Cancelled);
        using var reader = new StreamReader(stream);
        await cluster.KubectlAsync("label", "secret", "watched", "x=y");
        await cluster.KubectlAsync("delete", "secret", "watched");
        var seen = new List<string>();
        var last = 0L;
        while (seen.Count < 3)
        {
            var change = LabCluster.Json((await reader.ReadLineAsync(Cancelled))!);
            seen.Add(change["type"]!.GetValue<string>());
            var revision = long.Parse(change["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
            revision.ShouldBeGreaterThan(last);
            last = revision;
        }

        seen.ShouldBe(["ADDED", "MODIFIED", "DELETED"]);
    }

    [Fact]
    public async Task A_version_from_before_the_server_started_is_too_old_to_watch()
    {
        using var client = cluster.Client(cluster.AdministratorToken);
        var answer = await client.GetStringAsync(new Uri("/api/v1/configmaps?watch=1&resourceVersion=1&timeoutSeconds=5", UriKind.Relative), Cancelled);
        LabCluster.Json(answer)["object"]!["code"]!.GetValue<int>().ShouldBe(410);
    }

    [Fact]
    public async Task Deleting_a_definition_deletes_its_objects_and_recreating_it_brings_none_back()
    {
        var manifest = Manifest("gauges", "gauge", "Gauge");
        await DefineAsync(manifest, "gauges");
        await cluster.ApplyAsync("""{"apiVersion":"test.blackstart.dev/v1","kind":"Gauge","metadata":{"name":"a"},"spec":{"size":1}}""");
        (await cluster.KubectlAsync("get", "gauge", "a", "-o", "jsonpath={.spec.mode}")).ShouldBe("safe");
        await cluster.KubectlAsync("delete", "crd", "gauges.test.blackstart.dev");
        using var client = cluster.Client(cluster.AdministratorToken);
        (await client.GetAsync(new Uri("/apis/test.blackstart.dev/v1/gauges", UriKind.Relative), Cancelled)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await DefineAsync(manifest, "gauges");
        var left = LabCluster.Json(await client.GetStringAsync(new Uri("/apis/test.blackstart.dev/v1/gauges", UriKind.Relative), Cancelled));
        left["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_schema_refuses_and_status_is_written_apart()
    {
        await DefineAsync(Manifest("valves", "valve", "Valve"), "valves");
        var refused = await cluster.TryKubectlAsync("""{"apiVersion":"test.blackstart.dev/v1","kind":"Valve","metadata":{"name":"a"},"spec":{"size":0}}""", "create", "-f", "-");
        refused.Error.ShouldContain("spec.size in body should be greater than or equal to 1");
        await cluster.ApplyAsync("""{"apiVersion":"test.blackstart.dev/v1","kind":"Valve","metadata":{"name":"a"},"spec":{"size":1},"status":{"phase":"Dreamt"}}""");
        await cluster.KubectlAsync("patch", "valve", "a", "--subresource=status", "--type=merge", "-p", """{"status":{"phase":"Open"},"spec":{"size":9}}""");
        var value = LabCluster.Json(await cluster.KubectlAsync("get", "valve", "a", "-o", "json"));
        value["status"]!["phase"]!.GetValue<string>().ShouldBe("Open");
        value["spec"]!["size"]!.GetValue<int>().ShouldBe(1);
        value["metadata"]!["generation"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task What_loses_its_owner_goes_too()
    {
        await cluster.KubectlAsync("create", "configmap", "owner");
        var uid = await cluster.KubectlAsync("get", "configmap", "owner", "-o", "jsonpath={.metadata.uid}");
        await cluster.ApplyAsync(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject
            {
                ["name"] = "owned",
                ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = "owner", ["uid"] = uid }),
            },
        }.ToJsonString());
        await cluster.KubectlAsync("delete", "configmap", "owner");
        await cluster.UntilAsync(run => run.ExitCode == 0 && run.Output.Length == 0, "get", "secret", "owned", "--ignore-not-found");
    }

    [Fact]
    public async Task A_namespace_takes_its_content_along()
    {
        await cluster.KubectlAsync("create", "namespace", "doomed");
        await cluster.UntilAsync(run => run.ExitCode == 0, "-n", "doomed", "get", "serviceaccount", "default");
        await cluster.KubectlAsync("-n", "doomed", "create", "deployment", "web", "--image=web:1");
        await cluster.KubectlAsync("delete", "namespace", "doomed", "--timeout=30s");
        (await cluster.KubectlAsync("get", "pods", "-A", "-o", "jsonpath={.items[?(@.metadata.namespace==\"doomed\")].metadata.name}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dry_run_keeps_nothing()
    {
        await cluster.KubectlAsync("create", "configmap", "imagined", "--dry-run=server");
        (await cluster.TryKubectlAsync(null, "get", "configmap", "imagined")).ExitCode.ShouldBe(1);
    }

    private static string Manifest(string plural, string singular, string kind) =>
        Definition.Replace("PLURAL", plural, StringComparison.Ordinal).Replace("SINGULAR", singular, StringComparison.Ordinal).Replace("KIND", kind, StringComparison.Ordinal);

    private async Task DefineAsync(string manifest, string plural)
    {
        await cluster.ApplyAsync(manifest);
        await cluster.UntilAsync(run => run.ExitCode == 0, "get", $"{plural}.test.blackstart.dev");
    }
}
