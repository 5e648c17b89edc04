using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>Bad input and bad circumstances: the exit code as designed, one clear message, and nothing changed.</summary>
public sealed class BadInputTests(LabFixture lab) : IClassFixture<LabFixture>
{
    [Theory]
    [InlineData("estate: [", "BS10")]
    [InlineData("apiVersion: blackstart/v1\nestate: &a [*a]", "BS10")]
    [InlineData("{}", "BS10")]
    public async Task Hostile_or_malformed_YAML_is_refused(string yaml, string code)
    {
        var path = Write(yaml);

        var result = await lab.Program.RunAsync("recover", "--config", path);

        result.ExitCode.ShouldBe(64, result.ToString());
        result.Error.ShouldContain(code);
        result.Error.ShouldContain(path);
    }

    [Fact]
    public async Task A_dependency_cycle_is_printed()
    {
        var path = Write((await File.ReadAllTextAsync(lab.Program.Estate, TestContext.Current.CancellationToken))
            .Replace("name: git, type: git, layer: S1,", "name: git, type: git, layer: S1, dependsOn: [erp],", StringComparison.Ordinal));

        var result = await lab.Program.RunAsync("recover", "--plan", "--config", path);

        result.ExitCode.ShouldBe(64, result.ToString());
        result.Error.ShouldContain("→");
    }

    [Theory]
    [InlineData(64, "BS3010", "drill", "run", "earthquake")]
    [InlineData(64, "BS7001", "recover", "--environment", "staging")]
    [InlineData(64, "BS3005", "resume", "yesterday")]
    [InlineData(64, "BS3005", "run", "show", "../../etc")]
    [InlineData(3, "BS2002", "drill", "run", "power-cut", "--environment", "production")]
    [InlineData(64, "", "recover", "--output", "xml")]
    [InlineData(64, "", "recouver")]
    public async Task A_wrong_word_is_told(int exitCode, string code, params string[] arguments)
    {
        var result = await lab.Program.RunAsync(arguments);

        result.ExitCode.ShouldBe(exitCode, result.ToString());
        (result.Error + result.Output).ShouldContain(code);
    }

    [Theory]
    [InlineData("text", "longhorn/erp-data/inject")]
    [InlineData("json", "\"dependsOn\"")]
    [InlineData("mermaid", "flowchart TD")]
    public async Task A_plan_is_printed_and_touches_nothing(string format, string part)
    {
        var runs = CountRuns();

        var result = await lab.Program.RunAsync("recover", "--plan", format);

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain(part);
        CountRuns().ShouldBe(runs);
    }

    [Fact]
    public async Task A_tool_that_is_missing_is_named_with_its_package()
    {
        var program = new BlackstartProgram(lab.Program.State);
        program.Environment["PATH"] = Directory.CreateDirectory(Path.Combine(lab.Program.State, "empty")).FullName;
        var runs = CountRuns();

        var result = await program.RunAsync("drill", "run", "power-cut");

        result.ExitCode.ShouldBe(2, result.ToString());
        result.Error.ShouldContain("BS4001");
        result.Error.ShouldContain("e2fsprogs");
        CountRuns().ShouldBe(runs);
        result.Error.ShouldContain("kubernetes-client");
    }

    [Fact]
    public async Task A_port_that_is_taken_and_a_lab_that_is_down_are_told()
    {
        await using var own = new OwnLab();
        await own.InitializeAsync();
        var program = own.Program;
        (await program.RunAsync("lab", "down")).ExitCode.ShouldBe(0);

        var drill = await program.RunAsync("drill", "run", "power-cut");
        drill.ExitCode.ShouldBe(2, drill.ToString());
        drill.Error.ShouldContain("blackstart lab up");
        Directory.Exists(program.Runs).ShouldBeFalse();

        var state = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(program.Lab, "lab.json"), TestContext.Current.CancellationToken))!;
        var port = state["ports"]!["kubernetes"]!.GetValue<int>();
        using (var taken = new TcpListener(IPAddress.Loopback, port))
        {
            taken.Start();
            var up = await program.RunAsync("lab", "up");
            up.ExitCode.ShouldNotBe(0, up.ToString());
            up.Error.ShouldContain(port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        (await program.RunAsync("lab", "up")).ExitCode.ShouldBe(0);
    }

    private int CountRuns() => Directory.Exists(lab.Program.Runs) ? Directory.GetDirectories(lab.Program.Runs).Length : 0;

    private string Write(string yaml)
    {
        var path = Path.Combine(lab.Program.State, $"{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }

    private sealed class OwnLab : IAsyncDisposable
    {
        private readonly LabFixture _lab = new();

        public BlackstartProgram Program => _lab.Program;

        public ValueTask InitializeAsync() => _lab.InitializeAsync();

        public ValueTask DisposeAsync() => _lab.DisposeAsync();
    }
}
