using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Blackstart.Tests.Shared.Ssh;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>
/// The power cut again, its nodes reached as on a real cluster: over a real sshd, and as Kubernetes Jobs. Blackstart is killed while it
/// writes, and resuming ends right.
/// </summary>
public sealed class NodeRunnerTests(LabFixture lab) : IClassFixture<LabFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_ssh_killed_while_it_writes_the_run_goes_on_to_Recovered()
    {
        await using var server = await SshServer.StartAsync(
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{Path.GetDirectoryName(BlackstartProgram.Path)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
            cancellationToken: Cancel);
        Configure($"runner: ssh, sshConfig: {server.ConfigFile}, program: env {BlackstartProgram.Path}");

        var journal = await KilledWhileWritingAsync();
        var orphans = await OrphansAsync();
        var report = await RecoveredAsync(journal);

        server.Log.ShouldContain("Accepted publickey");
        Started(journal).Where(s => s["step"]!.GetValue<string>().EndsWith("/inject", StringComparison.Ordinal))
            .ShouldAllBe(s => s["clearances"]!.AsArray().Any(c => c!["target"]!.GetValue<string>().StartsWith("machine/pi", StringComparison.Ordinal)));
        await ShouldLeaveNothingBehindAsync(report, orphans);
    }

    [Fact]
    public async Task As_Jobs_killed_while_one_writes_the_run_goes_on_to_Recovered()
    {
        Configure("runner: job");

        var journal = await KilledWhileWritingAsync();
        var orphans = await OrphansAsync();
        var report = await RecoveredAsync(journal);

        // A check must not change anything, so none of them made a Job.
        Started(journal).ShouldAllBe(s => !s["step"]!.GetValue<string>().StartsWith("steady/longhorn/", StringComparison.Ordinal));
        await ShouldLeaveNothingBehindAsync(report, orphans);
    }

    [Fact]
    public async Task A_machine_that_is_not_the_node_is_refused_before_anything_is_read_there()
    {
        Configure("runner: here");
        var estate = await File.ReadAllTextAsync(lab.Program.Estate, Cancel);
        await File.WriteAllTextAsync(Path.Combine(lab.Program.Lab, "stranger"), new string('0', 32), Cancel);
        await KubectlAsync("scale", "statefulset/vault", "-n", "vault", "--replicas=0");
        await KubectlAsync("wait", "--for=delete", "pod/vault-0", "-n", "vault", "--timeout=60s");
        await File.WriteAllTextAsync(lab.Program.Estate, estate.Replace("machineIdFile: nodes/pi1/machine-id", "machineIdFile: stranger", StringComparison.Ordinal), Cancel);

        var refused = await lab.Program.JsonAsync(3, "recover");

        var survey = refused["steps"]!.AsArray().Single(s => s!["id"]!.GetValue<string>() == "longhorn/survey")!;
        survey["outcome"]!.GetValue<string>().ShouldBe("refused");
        survey["errorCode"]!.GetValue<string>().ShouldBe("BS4622");
        await File.WriteAllTextAsync(lab.Program.Estate, estate, Cancel);
        (await lab.Program.JsonAsync(0, "resume", "last"))["verdict"]!.GetValue<string>().ShouldBe("Recovered");
    }

    [Fact]
    public async Task Leave_to_write_over_is_for_a_captured_volume_and_for_today()
    {
        var wrongDay = await lab.Program.RunAsync("recover", "--overwrite", "erp-data@2001-01-01");
        wrongDay.ExitCode.ShouldBe(64);
        wrongDay.Error.ShouldContain("BS4606");
        var today = TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        (await lab.Program.RunAsync("recover", "--overwrite", $"erp-date@{today}", "--plan")).Error.ShouldContain("no such volume was captured");
        (await lab.Program.RunAsync("recover", "--overwrite", $"erp-data@{today}", "--plan")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_replica_is_named_for_a_captured_volume_and_kept_in_the_plan()
    {
        var malformed = await lab.Program.RunAsync("recover", "--replica", "erp-data=erp-data-0a1b2c3d");
        malformed.ExitCode.ShouldBe(64);
        malformed.Error.ShouldContain("BS4630");
        (await lab.Program.RunAsync("recover", "--replica", "erp-date=pi1:x", "--plan")).Error.ShouldContain("no such volume was captured");
        var plan = await lab.Program.RunAsync("recover", "--replica", "erp-data=pi1:x", "--replica", "documents=pi2:y", "--plan", "json");
        JsonNode.Parse(plan.Output)!["options"]!["replica"]!.AsArray().Select(r => r!.GetValue<string>()).ShouldBe(["erp-data=pi1:x", "documents=pi2:y"]);
    }

    [Fact]
    public async Task A_program_of_another_version_does_nothing_for_a_recovery()
    {
        var other = await lab.Program.RunAsync("longhorn", "scan", lab.Program.Lab, "--node-version", "9.9.9");

        other.ExitCode.ShouldBe(2);
        other.Output.ShouldBeEmpty();
        other.Error.ShouldContain("error BS4625");
    }

    /// <summary>Starts the drill and kills it once a volume is being written; nobody has told the node.</summary>
    private async Task<RunJournal> KilledWhileWritingAsync()
    {
        var known = Directory.Exists(lab.Program.Runs) ? Directory.GetDirectories(lab.Program.Runs) : [];
        using var drill = lab.Program.Start("drill", "run", "power-cut");
        var journal = await RunJournal.NewAsync(lab.Program.Runs, known, Cancel);
        while (!Begun(journal))
        {
            drill.HasExited.ShouldBeFalse();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }

        drill.Kill();
        await drill.WaitForExitAsync(Cancel);
        return journal;
    }

    private static bool Begun(RunJournal journal) => journal.Entries()
        .Any(e => e["kind"]!.GetValue<string>() == "fact" && e["name"]!.GetValue<string>().EndsWith("/inject-begun", StringComparison.Ordinal));

    private static IEnumerable<JsonObject> Started(RunJournal journal) => journal.Entries().Where(e => e["kind"]!.GetValue<string>() == "step-started");

    private async Task<JsonObject> RecoveredAsync(RunJournal journal)
    {
        var report = await lab.Program.JsonAsync(0, "resume", journal.Run);
        report["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        report["dataLoss"]!["lost"]!.GetValue<long>().ShouldBe(0);
        report["recoveryPoints"]!.AsArray().Count.ShouldBe(3);
        return report;
    }

    /// <summary>No program works on, settings are as they were, and every directory that was an orphan while it was read is unchanged.</summary>
    private async Task ShouldLeaveNothingBehindAsync(JsonObject report, Dictionary<string, string> orphans)
    {
        Directory.EnumerateDirectories("/proc").Select(CommandLine)
            .ShouldAllBe(c => !(c.Contains("\0longhorn\0export\0", StringComparison.Ordinal) && c.Contains(lab.Program.State, StringComparison.Ordinal)));
        var settings = await ItemsAsync("settings.longhorn.io");
        settings.Single(s => Name(s) == "auto-salvage")["value"]!.GetValue<string>().ShouldBe("true");
        settings.ShouldAllBe(s => s["metadata"]!["annotations"] == null || s["metadata"]!["annotations"]!["blackstart.dev/set-aside"] == null);

        report["recoveryPoints"]!.AsArray().ShouldAllBe(p => orphans.Keys.Any(f => f.StartsWith(p!["replica"]!.GetValue<string>() + "/", StringComparison.Ordinal)));
        var after = await OrphansAsync();
        orphans.ShouldAllBe(o => after[o.Key] == o.Value);
        var objects = await ItemsAsync("orphans.longhorn.io");
        orphans.Keys.Select(f => Path.GetFileName(Path.GetDirectoryName(f)!)).Distinct(StringComparer.Ordinal)
            .ShouldAllBe(d => objects.Any(o => o["spec"]!["parameters"]!["DataName"]!.GetValue<string>() == d));
        objects.ShouldAllBe(o => o["metadata"]!["managedFields"]!.AsArray().All(m => !m!["manager"]!.GetValue<string>().StartsWith("kubectl", StringComparison.Ordinal)));
        (await lab.Program.RunAsync("evidence", "verify")).ExitCode.ShouldBe(0);
    }

    /// <summary>Every file of every replica directory that no Replica object names: digest, and time of the last write.</summary>
    private async Task<Dictionary<string, string>> OrphansAsync()
    {
        var current = (await ItemsAsync("replicas.longhorn.io")).Select(r => r["spec"]!["dataDirectoryName"]?.GetValue<string>() ?? "").ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateDirectories(Path.Combine(lab.Program.Lab, "nodes"))
            .SelectMany(n => Directory.EnumerateDirectories(Path.Combine(n, "longhorn", "replicas")))
            .Where(d => !current.Contains(Path.GetFileName(d)))
            .SelectMany(Directory.EnumerateFiles))
        {
            await using var content = File.OpenRead(file);
            found[file] = $"{Convert.ToHexStringLower(await SHA256.HashDataAsync(content, Cancel))} {File.GetLastWriteTimeUtc(file).Ticks}";
        }

        return found;
    }

    private async Task<List<JsonObject>> ItemsAsync(string kind)
    {
        var listed = await KubectlAsync("get", kind, "-n", "longhorn-system", "-o", "json", "--show-managed-fields");
        listed.ExitCode.ShouldBe(0, listed.ToString());
        return [.. JsonNode.Parse(listed.Output)!["items"]!.AsArray().Select(i => i!.AsObject())];
    }

    private static string Name(JsonObject o) => o["metadata"]!["name"]!.GetValue<string>();

    private static string CommandLine(string process)
    {
        try
        {
            return int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out _) ? File.ReadAllText(Path.Combine(process, "cmdline")) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Gives the longhorn component other settings for its nodes.</summary>
    private void Configure(string settings)
    {
        var lines = File.ReadAllLines(lab.Program.Estate);
        var at = Array.FindIndex(lines, l => l.Contains("name: longhorn,", StringComparison.Ordinal));
        lines[at] = $"  - {{ name: longhorn, type: longhorn, layer: S3, dependsOn: [cluster], settings: {{ namespace: longhorn-system, capture: captures/longhorn.yaml, {settings} }} }}";
        File.WriteAllLines(lab.Program.Estate, lines);
    }

    private async Task<ProgramResult> KubectlAsync(params IReadOnlyList<string> arguments)
    {
        var kubeconfig = Path.Combine(lab.Program.Lab, "kubeconfig");
        var start = new System.Diagnostics.ProcessStartInfo("kubectl") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--kubeconfig", kubeconfig, "--context", "lab", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = System.Diagnostics.Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return new ProgramResult(process.ExitCode, await output, await error);
    }
}
