using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>The obvious shortcut of April loses data, and the verdict says so.</summary>
public sealed class RenameTrapTests(LabFixture lab) : IClassFixture<LabFixture>
{
    [Fact]
    public async Task Renaming_an_orphan_loses_its_data_and_cleanup_brings_it_back_from_the_others()
    {
        var report = await lab.Program.JsonAsync(1, "drill", "run", "rename-trap");

        report["verdict"]!.GetValue<string>().ShouldBe("NotRecovered");
        Step(report, "longhorn/documents/rename")["outcome"]!.GetValue<string>().ShouldBe("succeeded");
        Step(report, "verify/longhorn/documents")["outcome"]!.GetValue<string>().ShouldBe("failed");
        Step(report, "verify/documents/data")["outcome"]!.GetValue<string>().ShouldBe("failed");
        Step(report, "verify/erp/data")["outcome"]!.GetValue<string>().ShouldBe("succeeded");
        Step(report, "cleanup/verify/documents/data")["outcome"]!.GetValue<string>().ShouldBe("succeeded");
        report["dataLoss"]!["lost"]!.GetValue<long>().ShouldBeGreaterThan(0);
        report["acceptance"]!["documents"]!["lost"]!.GetValue<long>().ShouldBeGreaterThan(0);
        (await lab.Program.JsonAsync(0, "recover"))["verdict"]!.GetValue<string>().ShouldBe("Recovered");
    }

    private static JsonObject Step(JsonObject report, string id) =>
        report["steps"]!.AsArray().Select(s => s!.AsObject()).Single(s => s["id"]!.GetValue<string>() == id);
}
