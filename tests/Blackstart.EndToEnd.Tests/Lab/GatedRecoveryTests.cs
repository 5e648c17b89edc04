using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>What stops a recovery stops it at a gate: the verdict is negative, nothing is lost, and it goes on once that is mended.</summary>
public sealed class GatedRecoveryTests(LabFixture lab) : IClassFixture<LabFixture>
{
    [Fact]
    public async Task Without_the_unseal_key_the_gates_stop_the_recovery_and_with_it_the_run_goes_on()
    {
        var status = await lab.StatusAsync();
        var key = status["unsealKeyFile"]!.GetValue<string>();
        var aside = key + ".aside";
        File.Move(key, aside);

        var stopped = await lab.Program.JsonAsync(1, "drill", "run", "power-cut");
        var run = stopped["run"]!.GetValue<string>();

        stopped["verdict"]!.GetValue<string>().ShouldBe("NotRecovered");
        Step(stopped, "vault/unseal")["errorCode"]!.GetValue<string>().ShouldBe("BS4202");
        Step(stopped, "secrets/start")["outcome"]!.GetValue<string>().ShouldBe("blocked");
        Step(stopped, "erp/start")["outcome"]!.GetValue<string>().ShouldBe("blocked");
        Step(stopped, "documents/start")["outcome"]!.GetValue<string>().ShouldBe("succeeded");
        await ErpStartedTooEarlyIsNotReadyAsync(status);

        // A key file that others may read is as good as none.
        File.Copy(aside, key);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var loose = await lab.Program.JsonAsync(1, "resume", run);
        Step(loose, "vault/unseal")["errorCode"]!.GetValue<string>().ShouldBe("BS4203");

        // The wrong key is refused by the Vault itself.
        await File.WriteAllTextAsync(key, Convert.ToBase64String(new byte[32]), TestContext.Current.CancellationToken);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await lab.Program.JsonAsync(1, "resume", run))["verdict"]!.GetValue<string>().ShouldBe("NotRecovered");

        File.Move(aside, key, overwrite: true);
        var resumed = await lab.Program.JsonAsync(0, "resume", run);
        resumed["verdict"]!.GetValue<string>().ShouldBe("Recovered", resumed.ToJsonString());
        resumed["dataLoss"]!["lost"]!.GetValue<long>().ShouldBe(0);
        (await lab.Program.RunAsync("evidence", "verify")).ExitCode.ShouldBe(0);
    }

    private static async Task ErpStartedTooEarlyIsNotReadyAsync(JsonObject status)
    {
        string[] cluster = ["--kubeconfig", status["kubeconfig"]!.GetValue<string>(), "--context", status["context"]!.GetValue<string>(), "-n", "erp"];
        await KubectlAsync([.. cluster, "scale", "statefulset/erp", "--replicas=1"]);
        var ready = await KubectlAsync([.. cluster, "wait", "--for=condition=Ready", "pod/erp-0", "--timeout=5s"]);
        ready.ExitCode.ShouldNotBe(0, ready.ToString());
        await KubectlAsync([.. cluster, "scale", "statefulset/erp", "--replicas=0"]);
    }

    private static async Task<ProgramResult> KubectlAsync(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("kubectl") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new ProgramResult(process.ExitCode, await output, await error);
    }

    private static JsonObject Step(JsonObject report, string id) =>
        report["steps"]!.AsArray().Select(s => s!.AsObject()).Single(s => s["id"]!.GetValue<string>() == id);
}
