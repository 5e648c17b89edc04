using System.Diagnostics;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Planning;
using Blackstart.Systems.Nodes;
using Blackstart.Systems.Tools;
using Blackstart.Tests.Shared.Ssh;

namespace Blackstart.Systems.Tests.Nodes;

/// <summary>Commands over a real sshd. A script stands for the program on the node: what is asked here is how it is reached, proved and ended.</summary>
public sealed class SshNodeRunnerTests : IAsyncLifetime
{
    private const string MachineId = "0123456789abcdef0123456789abcdef";
    private readonly string _folder = Directory.CreateTempSubdirectory("bs-nodes-").FullName;
    private SshServer? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string MachineIdFile => Path.Combine(_folder, "machine id'");

    private string Program => Path.Combine(_folder, "black start");

    public async ValueTask InitializeAsync()
    {
        _server = await SshServer.StartAsync(cancellationToken: Cancel);
        await File.WriteAllTextAsync(MachineIdFile, MachineId + "\n", Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Words_document_and_progress_pass_through()
    {
        Write("""
            echo '{"done":5,"size":10,"data":5}' >&2
            printf '{"schemaVersion":1,"third":"%s"}\n' "$3"
            exit 1
            """);
        var seen = new List<StepProgress>();

        var result = await Runner().RunAsync(new NodeCommand("pi1", "x", "scan", "it's $HOME"), new Seen(seen), Cancel);

        result.ExitCode.ShouldBe(1);
        result.Document["third"]!.GetValue<string>().ShouldBe("it's $HOME");
        seen.ShouldBe([new StepProgress(5, 10)]);
        (await Runner().AskMachineIdAsync("pi2", Cancel)).ShouldBe(MachineId);
    }

    [Fact]
    public async Task Words_before_the_program_start_it_with_more_rights()
    {
        Write("""printf '{"schemaVersion":1,"who":"%s"}\n' "$WHO" """);

        var result = await Runner("env", "WHO=not a shell's $HOME").RunAsync(new NodeCommand("pi1", "x", "scan"), null, Cancel);

        result.Document["who"]!.GetValue<string>().ShouldBe("not a shell's $HOME");
    }

    [Fact]
    public async Task Another_machine_is_refused_before_the_program_starts()
    {
        var touched = Path.Combine(_folder, "touched");
        Write($"touch '{touched}'");
        await File.WriteAllTextAsync(MachineIdFile, new string('f', 32), Cancel);

        var failure = await Should.ThrowAsync<BlackstartException>(() => Runner().RunAsync(new NodeCommand("pi1", "x", "scan"), null, Cancel));

        failure.Code.ShouldBe("BS4622");
        failure.ExitCode.ShouldBe(ExitCode.Refused);
        failure.Cause.ShouldContain(new string('f', 32));
        File.Exists(touched).ShouldBeFalse();
    }

    [Theory]
    [InlineData("printf 'error BS4625: working\\n  cause: it is 9.9 here\\n  next:  x\\n' >&2; exit 2", "BS4625", "it is 9.9 here")]
    [InlineData("echo \"Unrecognized command or argument '--node-version'.\" >&2; exit 64", "BS4625", "older")]
    [InlineData("printf 'error BS5044: checking\\n  cause: no such device\\n  next:  look\\n' >&2; exit 2", "BS4626", "BS5044 no such device")]
    [InlineData("kill -9 $$", "BS4626", "no result")]
    [InlineData("exit 127", "BS4624", "not there")]
    public async Task What_goes_wrong_there_is_told_apart(string script, string code, string cause)
    {
        Write(script);

        var failure = await Should.ThrowAsync<BlackstartException>(() => Runner().RunAsync(new NodeCommand("pi1", "x", "scan"), null, Cancel));

        (failure.Code is "BS4623" ? "BS4626" : failure.Code).ShouldBe(code, failure.Message);
        if (failure.Code != "BS4623")
        {
            failure.Cause.ShouldContain(cause);
        }
    }

    [Fact]
    public async Task A_program_or_a_node_that_is_not_there_is_named_as_such()
    {
        (await Should.ThrowAsync<BlackstartException>(() => Runner().RunAsync(new NodeCommand("pi1", "x", "scan"), null, Cancel))).Code.ShouldBe("BS4624");
        (await Should.ThrowAsync<BlackstartException>(() => Runner().RunAsync(new NodeCommand("pi9", "x", "scan"), null, Cancel))).Code.ShouldBe("BS4620");
        await _server!.DisposeAsync();
        _server = await SshServer.StartAsync(hosts: ["pi2"], cancellationToken: Cancel);
        (await Should.ThrowAsync<BlackstartException>(() => Runner().RunAsync(new NodeCommand("pi1", "x", "scan"), null, Cancel))).Code.ShouldBe("BS4623");
    }

    [Fact]
    public async Task Without_a_clearance_for_the_machine_nothing_is_written_there() =>
        (await Should.ThrowAsync<BlackstartException>(() => Runner().RunAsync(new NodeCommand("pi1", "x", "export") { Effect = Effect.Change }, null, Cancel))).Code.ShouldBe("BS2005");

    [Fact]
    public async Task When_it_is_cancelled_the_program_there_sees_its_input_end()
    {
        var ended = Path.Combine(_folder, "ended");
        var began = Path.Combine(_folder, "began");
        Write($"touch '{began}'; cat >/dev/null; touch '{ended}'");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = Runner().RunAsync(new NodeCommand("pi1", "x", "scan"), null, stop.Token);
        await UntilAsync(() => File.Exists(began));

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);

        await UntilAsync(() => File.Exists(ended));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var watch = Stopwatch.StartNew(); !holds();)
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancel);
        }
    }

    private void Write(string script)
    {
        File.WriteAllText(Program, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private SshNodeRunner Runner(params string[] words)
    {
        var environment = new EstateEnvironment(
            "home", EnvironmentRole.Sandbox, [], null, null, null, null, null, [new EstateNode("pi1", [], MachineIdFile), new EstateNode("pi2", [], MachineIdFile)], new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));
        var settings = new NodeSettings(NodeRunnerKind.Ssh, [.. words, Program], _server!.ConfigFile, "", "longhorn-system");
        return new SshNodeRunner(environment, settings, new NodeIdentity(NodeAsync), new CommandLine(TimeProvider.System));

        static Task<JsonObject?> NodeAsync(string node, CancellationToken cancellationToken) =>
            Task.FromResult<JsonObject?>(new JsonObject { ["status"] = new JsonObject { ["nodeInfo"] = new JsonObject { ["machineID"] = MachineId } } });
    }

    private sealed class Seen(List<StepProgress> seen) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => seen.Add(value);
    }
}
