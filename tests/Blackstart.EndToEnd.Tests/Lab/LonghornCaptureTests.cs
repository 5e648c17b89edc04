using System.Diagnostics;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>What is captured of the lab's volumes, what has drifted since, and what a capture may not forget.</summary>
public sealed class LonghornCaptureTests(LabFixture lab) : IClassFixture<LabFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_capture_is_compared_with_the_cluster_and_forgets_only_what_is_named()
    {
        var file = Path.Combine(lab.Program.State, "volumes.yaml");
        var taken = await lab.Program.JsonAsync(0, "longhorn", "capture", "--to", file);
        taken["objects"]!["Volume"]!.GetValue<int>().ShouldBe(3);
        taken["objects"]!["RecurringJob"]!.GetValue<int>().ShouldBe(1);
        taken["notRead"]!.AsArray().ShouldBeEmpty();
        (await lab.Program.JsonAsync(0, "longhorn", "capture", "--to", file))["changed"]!.GetValue<bool>().ShouldBeFalse();
        (await lab.Program.JsonAsync(0, "longhorn", "capture", "--check", "--to", file))["drift"]!.AsArray().ShouldBeEmpty();

        var text = await File.ReadAllTextAsync(file, Cancel);
        await KubectlAsync("delete", "recurringjobs.longhorn.io", "nightly-snapshot", "-n", "longhorn-system");
        await KubectlAsync("patch", "settings.longhorn.io", "replica-replenishment-wait-interval", "-n", "longhorn-system", "--type=merge", "-p", """{"value":"60"}""");

        var drift = (await lab.Program.JsonAsync(1, "longhorn", "capture", "--check", "--to", file))["drift"]!.AsArray();
        drift.Select(d => $"{d!["change"]} {d["object"]} {d["field"]} {d["captured"]} {d["current"]}".TrimEnd()).ShouldBe(
        [
            "changed Setting/longhorn-system/replica-replenishment-wait-interval value 600 60",
            "removed RecurringJob/longhorn-system/nightly-snapshot",
        ]);
        var refused = await lab.Program.RunAsync("longhorn", "capture", "--to", file);
        refused.ExitCode.ShouldBe(1, refused.ToString());
        refused.Error.ShouldContain("BS4611");
        refused.Error.ShouldContain("--forget RecurringJob/nightly-snapshot");
        (await File.ReadAllTextAsync(file, Cancel)).ShouldBe(text);
        (await lab.Program.JsonAsync(0, "longhorn", "capture", "--to", file, "--forget", "RecurringJob/nightly-snapshot"))["changed"]!.GetValue<bool>().ShouldBeTrue();
        (await lab.Program.RunAsync("longhorn", "capture", "--check", "--to", file)).Output.ShouldStartWith("in sync");

        (await lab.Program.RunAsync("longhorn", "capture", "--check", "--forget", "erp-data")).ExitCode.ShouldBe(64);
        (await lab.Program.RunAsync("longhorn", "capture", "--check", "--to", file + ".none")).ExitCode.ShouldBe(64);
        (await lab.Program.RunAsync("lab", "stop", "kubernetes")).ExitCode.ShouldBe(0);
        (await lab.Program.RunAsync("longhorn", "capture", "--check", "--to", file)).ExitCode.ShouldBe(2);
        (await lab.Program.RunAsync("longhorn", "capture", "--to", file)).ExitCode.ShouldBe(2);
        (await File.ReadAllTextAsync(file, Cancel)).Length.ShouldBeLessThan(text.Length);
    }

    private async Task KubectlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", [$"--kubeconfig={Path.Combine(lab.Program.Lab, "kubeconfig")}", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Cancel);
        await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        process.ExitCode.ShouldBe(0, await error);
    }
}
