using System.Diagnostics;
using System.Runtime.Versioning;

namespace Blackstart.Cli.Tests.Shell;

/// <summary>The repository's scripts, in folders and with programs made up for them.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ShellTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blackstart-shell-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Total: 5, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 1s", 0, "", 0, "5 passed, 0 failed, 0 skipped")]
    [InlineData("Total: 5, Errors: 0, Failed: 0, Skipped: 2, Not Run: 0, Time: 1s", 0, "", 0, "3 passed, 0 failed, 2 skipped")]
    [InlineData("Total: 5, Errors: 0, Failed: 0, Skipped: 2, Not Run: 0, Time: 1s", 0, "true", 1, "3 passed, 0 failed, 2 skipped")]
    [InlineData("Total: 5, Errors: 1, Failed: 1, Skipped: 0, Not Run: 0, Time: 1s", 1, "", 1, "3 passed, 2 failed, 0 skipped")]
    [InlineData("Total: 5, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 1s", 134, "", 1, "5 passed, 1 failed, 0 skipped")]
    [InlineData("Total: 0", 0, "", 1, "0 passed, 1 failed, 0 skipped")]
    [InlineData("Total: 0, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 1s", 0, "", 1, "0 passed, 1 failed, 0 skipped")]
    [InlineData("Segmentation fault", 139, "", 1, "0 passed, 1 failed, 0 skipped")]
    public async Task The_test_runner_counts_and_lets_nothing_pass_for_success(string says, int ends, string ci, int exitCode, string summary)
    {
        TestProject("A.Tests", $"echo '   A.Tests  {says}'; exit {ends}");
        var (code, output) = await RunAsync(CopyOf("scripts/test"), [], ("CI", ci));
        output.TrimEnd().Split('\n')[^1].ShouldBe(summary);
        code.ShouldBe(exitCode);
    }

    [Fact]
    public async Task The_test_runner_stops_what_hangs_and_misses_what_is_not_built()
    {
        TestProject("A.Tests", "sleep 60");
        Directory.CreateDirectory(Path.Combine(_folder, "tests", "B.Tests"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "tests", "B.Tests", "B.Tests.csproj"), "", TestContext.Current.CancellationToken);
        var (code, output) = await RunAsync(CopyOf("scripts/test"), [], ("BLACKSTART_TEST_TIMEOUT", "1"));
        code.ShouldBe(1);
        output.ShouldContain("stopped after 1 s");
        output.ShouldContain("B.Tests (not built)");
        output.TrimEnd().ShouldEndWith("0 passed, 2 failed, 0 skipped");
    }

    [Fact]
    public async Task Prerequisites_names_what_is_missing_and_installs_nothing_when_asked_to_check()
    {
        var programs = Path.Combine(_folder, "bin");
        Directory.CreateDirectory(programs);
        Program(Path.Combine(programs, "apt-get"), "echo apt-get was started; exit 1");
        var (code, output) = await RunAsync("/bin/bash", [Path.Combine(Root, "scripts", "prerequisites"), "--check"], ("PATH", programs));
        code.ShouldBe(1);
        output.ShouldContain("restic is missing (Debian: restic, Homebrew: restic)");
        output.ShouldContain("kubectl is missing (Debian: kubernetes-client, Homebrew: kubernetes-cli)");
        output.ShouldNotContain("apt-get was started");
    }

    [Fact]
    public async Task Prerequisites_is_silent_when_nothing_is_missing()
    {
        var (code, output) = await RunAsync(Path.Combine(Root, "scripts", "prerequisites"), []);
        code.ShouldBe(0, output);
        output.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_program_is_found_through_a_symbolic_link_and_gets_its_arguments_as_they_are()
    {
        var launcher = CopyOf("blackstart");
        var release = Path.Combine(_folder, "artifacts", "bin", "Blackstart.Cli", "release");
        Directory.CreateDirectory(release);
        Program(Path.Combine(release, "blackstart"), "printf '<%s>' \"$@\"; exit 3");
        var link = Path.Combine(_folder, "link to it");
        File.CreateSymbolicLink(link, launcher);
        var (code, output) = await RunAsync(link, ["a b", "", "$HOME", "*"], ("BLACKSTART_NO_BUILD", "1"));
        output.ShouldBe("<a b><><$HOME><*>");
        code.ShouldBe(3);
    }

    private static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Blackstart.slnx")))
            {
                folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository");
            }

            return folder;
        }
    }

    private string CopyOf(string script)
    {
        var copy = Path.Combine(_folder, script);
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        File.Copy(Path.Combine(Root, script), copy);
        return copy;
    }

    private void TestProject(string name, string script)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "tests", name));
        File.WriteAllText(Path.Combine(_folder, "tests", name, $"{name}.csproj"), "");
        var release = Path.Combine(_folder, "artifacts", "bin", name, "release");
        Directory.CreateDirectory(release);
        Program(Path.Combine(release, name), script);
    }

    private static void Program(string path, string script)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("CI");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
