using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Nodes;

/// <summary>
/// Runs commands over ssh(1). Who answers is proved in the very connection that the command runs in: the remote shell compares the machine-id
/// before it starts anything. The command watches its standard input, which ends with the connection, whoever ended that.
/// </summary>
internal sealed class SshNodeRunner(EstateEnvironment environment, NodeSettings settings, NodeIdentity identity, ICommandLine commandLine) : INodeRunner
{
    /// <summary>What the remote shell ends with when the machine is another one; no exit code of Blackstart, ssh or a signal.</summary>
    private const int Stranger = 86;

    // ssh(1): "exits with the exit status of the remote command or with 255 if an error occurred".
    private const int NotReached = 255;

    /// <inheritdoc/>
    public NodeRunnerKind Kind => NodeRunnerKind.Ssh;

    /// <inheritdoc/>
    public async Task<NodeResult> RunAsync(NodeCommand command, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        if (command.Effect != Effect.Observe)
        {
            NodeRules.Demand(command, Target.Machine(command.Node));
        }

        var node = NodeRules.Find(environment, command.Node);
        var wanted = await identity.RequireAsync(command, cancellationToken);
        var script = ProvedScript(node.MachineIdFile ?? NodeIdentity.DefaultFile, wanted, [.. settings.Program, .. NodeArguments.Of(command, isLifeline: true)]);
        var result = await commandLine.TryRunAsync(
            Ssh(node, script) with { IsLifeline = true, Timeout = command.Timeout, ErrorLines = new ProgressLines(progress) },
            cancellationToken);
        return result.ExitCode switch
        {
            NotReached => throw Unreachable(node, result.LastWords),
            Stranger => throw NodeIdentity.Stranger(command.Node, result.LastWords, wanted),
            _ when NodeOutput.Document(result.StandardOutput) is { } document => new NodeResult(result.ExitCode, document),
            _ => throw NodeFailure.Of(command, result.ExitCode, result.StandardError + result.StandardOutput, string.Join(' ', settings.Program)),
        };
    }

    /// <summary>Asks a machine who it is, over the connection that commands use.</summary>
    /// <exception cref="BlackstartException"><c>BS4620</c>, <c>BS4623</c>; <c>BS4005</c>: it answers, but its file holds no machine-id.</exception>
    public async Task<string?> AskMachineIdAsync(string name, CancellationToken cancellationToken)
    {
        var node = NodeRules.Find(environment, name);
        var path = node.MachineIdFile ?? NodeIdentity.DefaultFile;
        var result = await commandLine.TryRunAsync(Ssh(node, ShellQuoting.Join(["cat", path])), cancellationToken);
        var text = result.StandardOutput.Trim();
        return result.ExitCode == NotReached ? throw Unreachable(node, result.LastWords)
            : result.ExitCode == 0 && NodeIdentity.IsMachineId(text) ? text
            : throw new BlackstartException(
                "BS4005",
                ExitCode.CouldNotVerify,
                $"asking the machine '{name}' who it is",
                result.ExitCode == 0 ? $"{path} there does not hold 32 hexadecimal digits" : result.LastWords,
                "Check nodes[].machineIdFile in blackstart.yaml");
    }

    /// <summary>Starts the words only where the machine-id is the right one; says on standard error which it is otherwise.</summary>
    internal static string ProvedScript(string machineIdFile, string wanted, IEnumerable<string> words) =>
        $"""found=$(cat {ShellQuoting.Quote(machineIdFile)}) || found=unknown; if [ "$found" != {ShellQuoting.Quote(wanted)} ]; then echo "$found" >&2; exit {Stranger}; fi; exec {ShellQuoting.Join(words)}""";

    private Command Ssh(EstateNode node, string script)
    {
        List<string> arguments = settings.SshConfig is { } config ? ["-F", config] : [];

        // No question can be answered here, no unknown host is believed, and a connection that is shared could outlive its command.
        foreach (var option in (string[])["BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3", "ControlMaster=no", "ControlPath=none", "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "LogLevel=ERROR"])
        {
            arguments.AddRange(["-o", option]);
        }

        // The operator's login shell there may be any: what it is given is one command of plain words.
        arguments.AddRange(["-T", "--", node.Ssh ?? node.Name, ShellQuoting.Join(["sh", "-c", script])]);
        return new Command("ssh", arguments);
    }

    private BlackstartException Unreachable(EstateNode node, string cause) => new(
        "BS4623",
        ExitCode.CouldNotVerify,
        $"reaching the node '{node.Name}' over ssh",
        cause.TrimEnd('.'),
        $"Try `ssh {(settings.SshConfig is { } config ? $"-F {config} " : "")}-o BatchMode=yes {node.Ssh ?? node.Name} true`; if the node is dead, its replicas are lost to this run until it is back");
}
