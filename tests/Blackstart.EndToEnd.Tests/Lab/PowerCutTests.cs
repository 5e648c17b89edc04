using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>The whole story: the power goes, the estate comes back, and that is proven.</summary>
public sealed class PowerCutTests(LabFixture lab) : IClassFixture<LabFixture>
{
    [Fact]
    public async Task The_power_cut_is_survived_and_proven()
    {
        var report = await lab.Program.JsonAsync(0, "drill", "run", "power-cut");

        report["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        report["drill"]!.GetValue<string>().ShouldBe("power-cut");
        report["environment"]!.GetValue<string>().ShouldBe("lab");
        report["timeToRecover"]!.GetValue<double>().ShouldBeGreaterThan(0);
        report["objectives"]!["rto"]!["met"]!.GetValue<bool>().ShouldBeTrue();
        var loss = report["dataLoss"]!;
        loss["acknowledged"]!.GetValue<long>().ShouldBeGreaterThan(2000);
        loss["recovered"]!.GetValue<long>().ShouldBe(loss["acknowledged"]!.GetValue<long>());
        loss["lost"]!.GetValue<long>().ShouldBe(0);
        report["recoveryPoints"]!.AsArray().Select(p => p!["volume"]!.GetValue<string>()).ShouldBe(["documents", "erp-data", "vault-data"]);
        report["recoveryPoints"]!.AsArray().ShouldAllBe(p => p!["sha256"]!.GetValue<string>().Length == 64);

        var steps = report["steps"]!.AsArray().Select(s => s!.AsObject()).ToList();
        var steady = Stage(steps, "steady-state").Select(s => s["id"]!.GetValue<string>()["steady/".Length..]).ToList();
        steady.Count.ShouldBeGreaterThan(7);
        Stage(steps, "detection").Where(s => s["outcome"]!.GetValue<string>() == "succeeded").Select(s => s["id"]!.GetValue<string>()["detect/".Length..]).ShouldBe(steady, ignoreOrder: true);

        var orphansRead = report["recoveryPoints"]!.AsArray().Select(p => p!["replica"]!.GetValue<string>());
        orphansRead.ShouldAllBe(path => Directory.Exists(path));
        File.Exists(report["evidence"]!["path"]!.GetValue<string>()).ShouldBeTrue();
        (await lab.Program.RunAsync("evidence", "verify")).ExitCode.ShouldBe(0);

        var shown = await lab.Program.JsonAsync(0, "run", "show", report["run"]!.GetValue<string>());
        JsonNode.DeepEquals(shown, report).ShouldBeTrue();
        (await lab.Program.RunAsync("run", "list")).Output.ShouldContain("Recovered");

        // Nothing is left to do: everything is met, nothing acts.
        var again = await lab.Program.JsonAsync(0, "recover");
        Stage([.. again["steps"]!.AsArray().Select(s => s!.AsObject())], "recovery").ShouldAllBe(s => s["outcome"]!.GetValue<string>() == "already-met" || s["effect"]!.GetValue<string>() == "observe");
    }

    private static List<JsonObject> Stage(List<JsonObject> steps, string stage) => steps.FindAll(s => s["stage"]!.GetValue<string>() == stage);
}
