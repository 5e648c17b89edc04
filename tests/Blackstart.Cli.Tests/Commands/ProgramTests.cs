using System.Diagnostics;
using System.Runtime.Versioning;

namespace Blackstart.Cli.Tests.Commands;

/// <summary>The program as a process of its own, with a state folder made up for it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ProgramTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("blackstart-cli-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public async Task A_journal_that_cannot_be_read_is_listed_as_such_and_hides_no_other_run()
    {
        Journal("20260101-000000-recover", """
            {"at":"2026-01-01T00:00:00.0000000+00:00","kind":"run-started","schemaVersion":1,"run":"20260101-000000-recover","planDigest":"00","plan":{"plan":"recover","environment":"lab","steps":[]}}

            """);
        Journal("20260102-000000-recover", "nonsense\n");
        Journal("20260103-000000-recover", "{\"at\":\"20");

        var (code, output, _) = await RunAsync("run", "list");

        code.ShouldBe(0);
        var lines = output.TrimEnd().Split('\n');
        lines.Length.ShouldBe(2);
        lines[0].ShouldEndWith("unfinished");
        lines[1].ShouldStartWith("20260102");
        lines[1].ShouldEndWith("unreadable");
        (await RunAsync("run", "list", "--output", "json")).Output.ShouldContain("\"state\": \"unreadable\"");
        (await RunAsync("run", "show", "20260102-000000-recover")).Error.ShouldContain("error BS3004");
        var resumed = await RunAsync("resume", "20260102-000000-recover");
        resumed.Error.ShouldContain("error BS3004");
        resumed.ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task What_nobody_foresaw_is_told_with_a_code_and_its_stack_only_when_asked_for()
    {
        var (code, _, error) = await ShellAsync("schema > /dev/full");

        code.ShouldBe(2);
        error.ShouldContain("error BS7003");
        error.ShouldNotContain("   at ");
        (await ShellAsync("schema > /dev/full", ("BLACKSTART_DEBUG", "1"))).Error.ShouldContain("   at ");
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "blackstart");

    private void Journal(string run, string text)
    {
        Directory.CreateDirectory(Path.Combine(_state, "runs", run));
        File.WriteAllText(Path.Combine(_state, "runs", run, "journal.jsonl"), text);
    }

    private Task<(int ExitCode, string Output, string Error)> ShellAsync(string line, params (string Name, string Value)[] environment) =>
        StartAsync(new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$0\" {line}", Program]), environment);

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => StartAsync(new ProcessStartInfo(Program, arguments), []);

    private async Task<(int ExitCode, string Output, string Error)> StartAsync(ProcessStartInfo start, (string Name, string Value)[] environment)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment.Remove("BLACKSTART_DEBUG");
        start.Environment["BLACKSTART_STATE"] = _state;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
