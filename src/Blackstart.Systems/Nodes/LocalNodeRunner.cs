using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Nodes;

/// <summary>Runs commands as child processes: the nodes are this machine, as in the lab, or on a cluster of one node that one works on.</summary>
internal sealed class LocalNodeRunner(EstateEnvironment environment, NodeSettings settings, NodeIdentity identity, ICommandLine commandLine) : INodeRunner
{
    /// <inheritdoc/>
    public NodeRunnerKind Kind => NodeRunnerKind.Here;

    /// <inheritdoc/>
    public async Task<NodeResult> RunAsync(NodeCommand command, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        if (command.Effect != Effect.Observe)
        {
            NodeRules.Demand(command, Target.Machine(command.Node));
        }

        var node = NodeRules.Find(environment, command.Node);
        var wanted = await identity.RequireAsync(command, cancellationToken);
        var found = await ReadMachineIdAsync(node, cancellationToken);
        if (found != wanted)
        {
            throw NodeIdentity.Stranger(command.Node, found, wanted);
        }

        var result = await commandLine.TryRunAsync(
            new Command(settings.Program[0], [.. settings.Program.Skip(1), .. NodeArguments.Of(command, isLifeline: true)])
            {
                IsLifeline = true,
                Timeout = command.Timeout,
                ErrorLines = new ProgressLines(progress),
            },
            cancellationToken);
        return NodeOutput.Document(result.StandardOutput) is { } document
            ? new NodeResult(result.ExitCode, document)
            : throw NodeFailure.Of(command, result.ExitCode, result.StandardError + result.StandardOutput, string.Join(' ', settings.Program));
    }

    private static async Task<string> ReadMachineIdAsync(EstateNode node, CancellationToken cancellationToken)
    {
        var path = node.MachineIdFile ?? NodeIdentity.DefaultFile;
        try
        {
            return (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlackstartException(
                "BS4623",
                ExitCode.CouldNotVerify,
                $"working on the node '{node.Name}' from here",
                $"this machine is not proved to be it: {e.Message.TrimEnd('.')}",
                "Use --runner ssh or --runner job, or check machineIdFile in blackstart.yaml",
                e);
        }
    }
}
