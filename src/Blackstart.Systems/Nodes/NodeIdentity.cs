using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Isolation;

namespace Blackstart.Systems.Nodes;

/// <summary>Who a node is, as its cluster knows it: the machine-id that its kubelet read (<c>Node.status.nodeInfo.machineID</c>).</summary>
/// <param name="findNode">Reads a Node object; null when there is none.</param>
internal sealed class NodeIdentity(Func<string, CancellationToken, Task<JsonObject?>> findNode)
{
    /// <summary>The machine-id of the machine that a command must land on.</summary>
    /// <exception cref="BlackstartException"><c>BS4621</c>: the cluster has no such node, or does not say; <c>BS4622</c>: the boundary cleared another machine.</exception>
    public async Task<string> RequireAsync(NodeCommand command, CancellationToken cancellationToken)
    {
        var node = await findNode(command.Node, cancellationToken);
        var machine = node?["status"]?["nodeInfo"]?["machineID"]?.GetValue<string>() ?? "";
        if (machine.Length == 0 || !machine.All(char.IsAsciiLetterOrDigit))
        {
            throw new BlackstartException(
                "BS4621",
                ExitCode.CouldNotVerify,
                $"asking the cluster which machine the node '{command.Node}' is",
                node is null ? "it has no node of that name" : "its Node object tells no machineID",
                $"Check `kubectl get node {command.Node} -o jsonpath='{{.status.nodeInfo.machineID}}'`, and the names under nodes in blackstart.yaml");
        }

        return command.Clearances.FirstOrDefault(c => c.Target == Target.Machine(command.Node)) is { } cleared && cleared.Identity != machine
            ? throw Stranger(command.Node, cleared.Identity, machine)
            : machine;
    }

    /// <summary>The refusal of a machine that is not the node.</summary>
    public static BlackstartException Stranger(string node, string found, string wanted) => new(
        "BS4622",
        ExitCode.Refused,
        $"working on the node '{node}'",
        $"the machine that answers has the machine-id {found}, but the cluster's node '{node}' is {wanted}",
        "Nothing was read or written there. Check where its address in blackstart.yaml leads");

    /// <summary>Whether a text can be a machine-id (machine-id(5)).</summary>
    public static bool IsMachineId(string text) => text.Length == 32 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Default place of a machine-id, machine-id(5).</summary>
    public const string DefaultFile = "/etc/machine-id";
}
