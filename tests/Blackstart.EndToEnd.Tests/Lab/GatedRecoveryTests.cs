using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>What stops a recovery stops it at a gate: the verdict is negative, nothing is lost, and it goes on once that is mended.</summary>
public sealed class GatedRecoveryTests(LabFixture lab) : IClassFixture<LabFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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

        // A key file that others may read is as good as none.
        File.Copy(aside, key);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var loose = await lab.Program.JsonAsync(1, "resume", run);
        Step(loose, "vault/unseal")["errorCode"]!.GetValue<string>().ShouldBe("BS4203");

        // The wrong key is refused by the Vault itself.
        await File.WriteAllTextAsync(key, Convert.ToBase64String(new byte[32]), Cancel);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await lab.Program.JsonAsync(1, "resume", run))["verdict"]!.GetValue<string>().ShouldBe("NotRecovered");

        File.Move(aside, key, overwrite: true);
        var resumed = await lab.Program.JsonAsync(0, "resume", run);
        resumed["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        resumed["dataLoss"]!["lost"]!.GetValue<long>().ShouldBe(0);
        (await lab.Program.RunAsync("evidence", "verify")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task An_ERP_started_before_its_data_and_its_secrets_are_back_is_not_ready_and_loses_nothing()
    {
        var known = Directory.Exists(lab.Program.Runs) ? Directory.GetDirectories(lab.Program.Runs) : [];
        using (var drill = lab.Program.Start("drill", "run", "power-cut"))
        {
            var started = await RunJournal.NewAsync(lab.Program.Runs, known, Cancel);
            while (!started.HasEnded("fault/wipe-longhorn"))
            {
                drill.HasExited.ShouldBeFalse();
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
            }

            drill.Kill();
            await drill.WaitForExitAsync(Cancel);
        }

        // Its pod is wanted and started before anything is back: the volume is empty, Vault is not itself.
        var status = await lab.StatusAsync();
        var ready = await KubectlAsync(
            "--kubeconfig", status["kubeconfig"]!.GetValue<string>(), "--context", status["context"]!.GetValue<string>(), "-n", "erp", "wait", "--for=condition=Ready", "pod/erp-0", "--timeout=5s");
        ready.ExitCode.ShouldNotBe(0, ready.ToString());

        var resumed = await lab.Program.JsonAsync(0, "resume", "last");
        resumed["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        resumed["dataLoss"]!["lost"]!.GetValue<long>().ShouldBe(0);
    }

    private static async Task<ProgramResult> KubectlAsync(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("kubectl") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return new ProgramResult(process.ExitCode, await output, await error);
    }

    private static JsonObject Step(JsonObject report, string id) =>
        report["steps"]!.AsArray().Select(s => s!.AsObject()).Single(s => s["id"]!.GetValue<string>() == id);
}
