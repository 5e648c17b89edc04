using System.Globalization;
using Blackstart.Systems.Tools;
using Blackstart.Tests.Shared.Ssh;

namespace Blackstart.Systems.Tests.Ssh;

/// <summary>The server that the tests of ssh go through, with the stock client.</summary>
public sealed class SshServerTests
{
    private readonly CommandLine _commandLine = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_host_is_reached_and_output_errors_and_exit_code_pass_through()
    {
        await using var server = await SshServer.StartAsync(
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["NODE_ROOT"] = "/opt/node" }, cancellationToken: Cancel);

        foreach (var host in (string[])["pi1", "pi2", "pi3"])
        {
            var result = await RunAsync(server, host, "echo \"$NODE_ROOT\"; cat; echo oops >&2; exit 7");
            result.ShouldBe(new CommandResult(7, "/opt/node\nhello", "oops\n"));
        }
    }

    [Fact]
    public async Task A_host_key_that_is_not_known_and_a_key_that_is_not_authorized_are_refused()
    {
        await using var server = await SshServer.StartAsync(cancellationToken: Cancel);
        await using var other = await SshServer.StartAsync(cancellationToken: Cancel);

        var stranger = await RunAsync(server, "pi1", "true", "-o", $"IdentityFile={other.IdentityFile}", "-o", $"Port={Text(other.Port)}");
        stranger.ExitCode.ShouldBe(255);
        stranger.StandardError.ShouldContain("Host key verification failed");
        File.Copy(other.IdentityFile, server.IdentityFile, overwrite: true);
        (await RunAsync(server, "pi1", "true")).StandardError.ShouldContain("Permission denied (publickey)");
    }

    [Fact]
    public async Task A_forced_command_sees_what_was_asked_for_and_a_server_that_ended_answers_nobody()
    {
        await using var server = await SshServer.StartAsync(hosts: ["node"], forceCommand: "echo asked: \"$SSH_ORIGINAL_COMMAND\"", cancellationToken: Cancel);
        (await RunAsync(server, "node", "rm things")).StandardOutput.ShouldBe("asked: rm things\n");
        using (var process = System.Diagnostics.Process.GetProcessById(server.ProcessId))
        {
            process.Kill();
            await process.WaitForExitAsync(Cancel);
        }

        (await RunAsync(server, "node", "true")).StandardError.ShouldContain("Connection refused");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Task<CommandResult> RunAsync(SshServer server, string host, string script, params string[] options) =>
        _commandLine.TryRunAsync(new Command("ssh", ["-F", server.ConfigFile, .. options, host, script]) { StandardInput = "hello" }, Cancel);
}
