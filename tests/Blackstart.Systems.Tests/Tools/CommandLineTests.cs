using System.Diagnostics;
using Blackstart.Core.Errors;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Tests.Tools;

public sealed class CommandLineTests
{
    private readonly CommandLine _commandLine = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Output_input_and_exit_code_pass_through()
    {
        var result = await _commandLine.TryRunAsync(new Command("sh", "-c", "cat; echo oops >&2; exit 7") { StandardInput = "hello" }, Cancel);

        result.ShouldBe(new CommandResult(7, "hello", "oops\n"));
    }

    [Fact]
    public async Task No_ambient_credential_reaches_a_tool()
    {
        Environment.SetEnvironmentVariable("VAULT_TOKEN", "canary-token");
        Environment.SetEnvironmentVariable("KUBECONFIG", "/canary/kubeconfig");
        try
        {
            var result = await _commandLine.RunAsync(new Command("env") { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["OWN"] = "yes" } }, Cancel);

            result.StandardOutput.ShouldContain("OWN=yes");
            result.StandardOutput.ShouldContain("PATH=");
            result.StandardOutput.ShouldNotContain("canary");
            result.StandardOutput.ShouldNotContain($"HOME={Environment.GetEnvironmentVariable("HOME")}\n");
        }
        finally
        {
            Environment.SetEnvironmentVariable("VAULT_TOKEN", null);
            Environment.SetEnvironmentVariable("KUBECONFIG", null);
        }
    }

    [Fact]
    public async Task A_missing_tool_names_its_package()
    {
        var error = await Should.ThrowAsync<BlackstartException>(() => _commandLine.RunAsync(new Command("/nowhere/debugfs"), Cancel));

        error.Code.ShouldBe("BS4001");
        error.ExitCode.ShouldBe(ExitCode.CouldNotVerify);
        error.Remedy.ShouldContain("e2fsprogs");
    }

    [Fact]
    public async Task A_tool_that_hangs_is_stopped_with_its_children()
    {
        var error = await Should.ThrowAsync<BlackstartException>(() => _commandLine.RunAsync(
            new Command("sh", "-c", "sleep 4217 & echo $! >&2; wait") { Timeout = TimeSpan.FromMilliseconds(200) }, Cancel));

        error.Code.ShouldBe("BS4002");
        Process.GetProcessesByName("sleep").ShouldNotContain(p => File.ReadAllText($"/proc/{p.Id}/cmdline").Contains("4217", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_tells_the_tools_last_words_and_the_command_to_retype()
    {
        var error = await Should.ThrowAsync<BlackstartException>(() => _commandLine.RunAsync(new Command("sh", "-c", "echo first >&2; echo 'no space left' >&2; exit 3"), Cancel));

        error.Code.ShouldBe("BS4003");
        error.Cause.ShouldContain("no space left");
        error.Attempted.ShouldContain("sh -c 'echo first");
    }

    [Fact]
    public async Task A_background_tool_that_says_much_is_not_stopped_by_it()
    {
        await using var tool = await BackgroundTool.StartAsync(new Command("sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo; echo done >&2; echo ready; exec sleep 600"));

        (await tool.ReadFirstLineAsync(Cancel)).ShouldBe("");
        tool.IsRunning.ShouldBeTrue();
    }

    [Fact]
    public async Task A_background_tool_does_not_outlive_its_owner()
    {
        var tool = await BackgroundTool.StartAsync(new Command("sh", "-c", "echo $$; exec sleep 600"));
        var pid = int.Parse((await tool.ReadFirstLineAsync(Cancel))!, System.Globalization.CultureInfo.InvariantCulture);
        tool.IsRunning.ShouldBeTrue();

        await tool.DisposeAsync();

        Directory.Exists($"/proc/{pid}").ShouldBeFalse();
    }
}
