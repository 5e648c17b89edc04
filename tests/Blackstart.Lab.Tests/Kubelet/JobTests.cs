using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Tests.Hosting;
using Blackstart.Lab.Tests.Kubernetes;

namespace Blackstart.Lab.Tests.Kubelet;

/// <summary>Jobs of a whole lab, driven with stock kubectl.</summary>
public sealed class JobTests(RunningLab lab) : IClassFixture<RunningLab>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_runs_blackstart_on_its_node_and_its_log_is_what_it_printed()
    {
        await CreateAsync("version", """nodeName: pi2, containers: [{ name: main, image: "registry.example/tools/blackstart:1.2", args: [--version], securityContext: { privileged: true } }]""");

        await KubectlAsync("wait", "--for=condition=complete", "job/version", "--timeout=30s");

        (await KubectlAsync("logs", "job/version")).Trim().ShouldMatch(@"^\d+\.\d+\.\d+");
        (await KubectlAsync("get", "jobs", "version", "--no-headers")).ShouldContain("Complete   1/1");
        (await PodsAsync("version", "{.items[*].status.phase}/{.items[*].spec.nodeName}/{.items[*].status.containerStatuses[0].state.terminated.reason}")).ShouldBe("Succeeded/pi2/Completed");
        var job = await JobAsync("version");
        job.At("status", "succeeded")!.GetValue<int>().ShouldBe(1);
        job.TextAt("status", "startTime").ShouldNotBeNull();
        job.TextAt("status", "completionTime").ShouldNotBeNull();
        job.At("status", "active").ShouldBeNull();
    }

    [Fact]
    public async Task A_failure_without_retries_fails_the_job_and_leaves_the_pod_to_be_read()
    {
        await CreateAsync("fails", Shell("echo to output; echo to errors >&2; echo last words > /dev/termination-log ; exit 7"), "backoffLimit: 0");

        await KubectlAsync("wait", "--for=condition=failed", "job/fails", "--timeout=30s");

        (await KubectlAsync("logs", "job/fails")).ShouldBe("to output\nto errors\n");
        (await KubectlAsync("get", "job", "fails", "-o", "jsonpath={.status.failed} {.status.conditions[?(@.type==\"Failed\")].reason}")).ShouldBe("1 BackoffLimitExceeded");
        (await PodsAsync("fails", "{.items[*].status.phase} {.items[*].status.containerStatuses[0].state.terminated.exitCode} {.items[*].status.containerStatuses[0].state.terminated.message}")).Trim()
            .ShouldBe("Failed 7 last words");
    }

    [Fact]
    public async Task A_pod_that_fails_is_replaced_until_one_succeeds()
    {
        var flag = Path.Combine(lab.Layout.Temporary, "second-try");
        await CreateAsync("retries", Shell($"test -e {flag} || {{ touch {flag}; exit 1; }}"), "backoffLimit: 2");

        await KubectlAsync("wait", "--for=condition=complete", "job/retries", "--timeout=30s");

        (await KubectlAsync("get", "job", "retries", "-o", "jsonpath={.status.failed} {.status.succeeded}")).ShouldBe("1 1");
        (await PodsAsync("retries", "{.items[*].metadata.name}")).Split(' ').Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_container_that_may_restart_does_so_in_its_pod_and_each_run_has_its_log()
    {
        var flag = Path.Combine(lab.Layout.Temporary, "second-run");
        await CreateAsync("restarts", Shell($"test -e {flag} && {{ echo second; exit 0; }}; echo first; touch {flag}; exit 1", "OnFailure"));

        await KubectlAsync("wait", "--for=condition=complete", "job/restarts", "--timeout=30s");

        (await KubectlAsync("logs", "job/restarts")).ShouldBe("second\n");
        (await KubectlAsync("logs", "job/restarts", "--previous")).ShouldBe("first\n");
        (await PodsAsync("restarts", "{.items[*].status.containerStatuses[0].restartCount}")).ShouldBe("1");
    }

    [Fact]
    public async Task A_deadline_ends_the_process_and_fails_the_job()
    {
        await CreateAsync("late", Shell("exec sleep 600"), "activeDeadlineSeconds: 1");
        await KubectlAsync("wait", "--for=condition=failed", "job/late", "--timeout=30s");

        (await KubectlAsync("get", "job", "late", "-o", "jsonpath={.status.conditions[?(@.type==\"Failed\")].reason}")).ShouldBe("DeadlineExceeded");
        Processes("late").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_job_is_deleted_some_time_after_it_finished_and_its_pods_with_it()
    {
        await CreateAsync("passing", Shell("true"), "ttlSecondsAfterFinished: 1");

        // It may be gone before anybody has seen it complete.
        await KubectlAsync("wait", "--for=delete", "job/passing", "--timeout=30s");

        (await PodsAsync("passing", "{.items[*].metadata.name}")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("background")]
    [InlineData("foreground")]
    public async Task Deleting_a_job_ends_its_process(string cascade)
    {
        var name = $"endless-{cascade}";
        await CreateAsync(name, Shell("echo started; exec sleep 600", grace: 1));
        await lab.UntilAsync(async () => (await TryAsync("logs", $"job/{name}")).Output == "started\n", "the job runs");
        Processes(name).Count.ShouldBe(1);

        await KubectlAsync("delete", "job", name, $"--cascade={cascade}", "--timeout=30s");

        await lab.UntilAsync(async () => Processes(name).Count == 0 && (await PodsAsync(name, "{.items[*].metadata.name}")).Length == 0, "nothing is left of it");
    }

    [Fact]
    public async Task A_log_is_followed_to_the_end_of_the_run_and_no_further()
    {
        var gate = Path.Combine(lab.Layout.Temporary, "gate");
        await CreateAsync("followed", Shell($"echo one; echo two; while [ ! -e {gate} ]; do sleep 0.05; done; echo three"));
        await lab.UntilAsync(async () => (await TryAsync("logs", "job/followed")).Output == "one\ntwo\n", "the job runs");
        (await KubectlAsync("logs", "job/followed", "--tail=1")).ShouldBe("two\n");
        (await KubectlAsync("logs", "job/followed", "--limit-bytes=4")).ShouldBe("one\n");
        (await TryAsync("logs", "job/followed", "-c", "other")).Error.ShouldContain("container other is not valid");
        var following = KubectlAsync("logs", "-f", "job/followed");

        await File.WriteAllTextAsync(gate, "", Cancel);

        (await following).ShouldBe("one\ntwo\nthree\n");
    }

    [Fact]
    public async Task Host_paths_variables_and_the_working_directory_are_those_of_the_machine()
    {
        var disk = lab.Layout.LonghornDisk("pi3");
        await CreateAsync(
            "mounted",
            $$"""
            nodeSelector: { kubernetes.io/hostname: pi3 },
            containers: [{ name: main, image: blackstart, command: [sh, -c, 'ls /disk/replicas | wc -l; echo "$WHERE"; pwd; ls {{disk}}/longhorn-disk.cfg'], workingDir: /disk,
              env: [{ name: WHERE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }],
              volumeMounts: [{ name: disk, mountPath: /disk }, { name: same, mountPath: {{disk}} }] }],
            volumes: [{ name: disk, hostPath: { path: {{disk}}, type: Directory } }, { name: same, hostPath: { path: {{disk}} } }]
            """);

        await KubectlAsync("wait", "--for=condition=complete", "job/mounted", "--timeout=30s");

        var count = Directory.GetDirectories(Path.Combine(disk, "replicas")).Length;
        (await KubectlAsync("logs", "job/mounted")).ShouldBe($"{count}\npi3\n{disk}\n{disk}/longhorn-disk.cfg\n");
    }

    [Fact]
    public async Task A_host_path_that_is_not_there_keeps_the_container_from_starting()
    {
        await CreateAsync(
            "unmounted",
            "containers: [{ name: main, image: blackstart, args: [--version] }], volumes: [{ name: disk, hostPath: { path: /nowhere/at/all, type: Directory } }]");

        await lab.UntilAsync(async () => (await TryAsync("get", "events")).Output.Contains("/nowhere/at/all is not a directory", StringComparison.Ordinal), "the missing path is told");

        (await PodsAsync("unmounted", "{.items[*].status.phase}")).ShouldBe("Pending");
        (await TryAsync("logs", "job/unmounted")).Error.ShouldContain("waiting to start: ContainerCreating");
        await KubectlAsync("delete", "job", "unmounted");
    }

    [Fact]
    public async Task A_job_whose_node_is_down_stays_pending()
    {
        using var cluster = await lab.ConnectAsync();
        await cluster.ApplyAsync("{ apiVersion: v1, kind: Node, metadata: { name: pi4, labels: { kubernetes.io/hostname: pi4 } } }", Cancel);
        await CreateAsync("selected", """nodeSelector: { kubernetes.io/hostname: pi4 }, containers: [{ name: main, image: blackstart, args: [--version] }]""");
        await CreateAsync("bound", """nodeName: pi4, containers: [{ name: main, image: blackstart, args: [--version] }]""");

        await lab.UntilAsync(
            async () => (await PodsAsync("selected", "{.items[*].status.conditions[?(@.type==\"PodScheduled\")].message}")).Contains("1 node(s) were not ready", StringComparison.Ordinal),
            "the scheduler told why");

        (await PodsAsync("selected", "{.items[*].status.phase}")).ShouldBe("Pending");
        (await PodsAsync("bound", "{.items[*].status.phase}")).ShouldBe("Pending");
        (await KubectlAsync("get", "job", "bound", "-o", "jsonpath={.status.active}")).ShouldBe("1");
        (await TryAsync("logs", "job/selected")).Error.ShouldContain("does not have a host assigned");
        await KubectlAsync("delete", "job", "selected", "bound");
        await KubectlAsync("delete", "node", "pi4");
    }

    [Fact]
    public async Task What_is_no_job_of_the_labs_is_refused()
    {
        (await TryCreateAsync("always", Shell("true", "Always"))).Error.ShouldContain("spec.template.spec.restartPolicy");
        (await TryCreateAsync("indexed", Shell("true"), "completions: 2, completionMode: Indexed")).Error.ShouldContain("spec.completionMode");
        (await TryCreateAsync("negative", Shell("true"), "backoffLimit: -1")).Error.ShouldContain("spec.backoffLimit");
    }

    [Fact]
    public async Task Several_pods_run_at_once_up_to_the_completions()
    {
        await CreateAsync("many", Shell("true"), "completions: 3, parallelism: 2");

        await KubectlAsync("wait", "--for=condition=complete", "job/many", "--timeout=30s");

        (await PodsAsync("many", "{.items[*].status.phase}")).ShouldBe("Succeeded Succeeded Succeeded");
    }

    [Fact]
    public async Task What_runs_once_does_not_run_again_after_a_power_cut()
    {
        var marks = Path.Combine(lab.Layout.Temporary, "marks");
        await CreateAsync("once", Shell($"echo run >> {marks}; exec sleep 600"), "backoffLimit: 0");
        await lab.UntilAsync(() => Task.FromResult(File.Exists(marks)), "the job runs");

        await lab.Power.CutAsync(Cancel);
        Processes("once").ShouldBeEmpty();
        await lab.BringUpAsync();

        await KubectlAsync("wait", "--for=condition=failed", "job/once", "--timeout=30s");
        (await File.ReadAllLinesAsync(marks, Cancel)).ShouldBe(["run"]);
    }

    private static string Shell(string script, string policy = "Never", int grace = 30) =>
        $"restartPolicy: {policy}, terminationGracePeriodSeconds: {grace}, containers: [{{ name: main, image: blackstart, command: [sh, -c, '{script}'] }}]";

    private List<ProcessRecord> Processes(string job) =>
        [.. lab.Table.Alive().Where(record => record.Name.StartsWith($"pod-default-{job}-", StringComparison.Ordinal))];

    private async Task CreateAsync(string name, string pod, string settings = "")
    {
        var run = await TryCreateAsync(name, pod, settings);
        run.ExitCode.ShouldBe(0, run.Error);
    }

    private Task<ToolRun> TryCreateAsync(string name, string pod, string settings = "")
    {
        var policy = pod.Contains("restartPolicy", StringComparison.Ordinal) ? "" : "restartPolicy: Never, ";
        var manifest = $$"""
            apiVersion: batch/v1
            kind: Job
            metadata: { name: {{name}} }
            spec: { {{settings}}{{(settings.Length > 0 ? ", " : "")}}template: { spec: { {{policy}}{{pod.ReplaceLineEndings(" ")}} } } }
            """;
        return RunAsync(manifest, "create", "-f", "-");
    }

    private async Task<JsonObject> JobAsync(string name) =>
        JsonNode.Parse(await KubectlAsync("get", "job", name, "-o", "json"))!.AsObject();

    private Task<string> PodsAsync(string job, string path) => KubectlAsync("get", "pods", "-l", $"job-name={job}", "-o", $"jsonpath={path}");

    private async Task<string> KubectlAsync(params string[] words)
    {
        var run = await TryAsync(words);
        run.ExitCode.ShouldBe(0, $"kubectl {string.Join(' ', words)}: {run.Error}");
        return run.Output;
    }

    private Task<ToolRun> TryAsync(params string[] words) => RunAsync(null, words);

    private Task<ToolRun> RunAsync(string? input, params string[] words) => ToolRun.OfAsync(
        "kubectl",
        "kubernetes-client",
        ["--kubeconfig", lab.Layout.Kubeconfig, "--context", "lab", "--namespace", "default", .. words],
        input,
        null,
        Cancel);
}
