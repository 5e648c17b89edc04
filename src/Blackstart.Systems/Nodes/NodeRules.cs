using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Nodes;

/// <summary>What holds for every command on a node, however it gets there.</summary>
internal static class NodeRules
{
    /// <summary>The declared node.</summary>
    /// <exception cref="BlackstartException"><c>BS4620</c>.</exception>
    public static EstateNode Find(EstateEnvironment environment, string node) => environment.FindNode(node) ?? throw new BlackstartException(
        "BS4620",
        ExitCode.InvalidInput,
        $"working on the node '{node}'",
        $"environment '{environment.Name}' declares {(environment.Nodes.Count == 0 ? "no nodes" : string.Join(", ", environment.Nodes.Select(n => n.Name)))}",
        $"Add it under nodes of environment '{environment.Name}' in blackstart.yaml, with its longhornDisks");

    /// <summary>Holds a command against its clearances: one for the target must be there, and cover a change.</summary>
    /// <exception cref="BlackstartException"><c>BS2005</c> there is none; <c>BS2006</c> it has expired.</exception>
    public static void Demand(NodeCommand command, Target target)
    {
        if (command.Clearances.FirstOrDefault(c => c.Target == target) is not { } clearance)
        {
            throw new BlackstartException(
                "BS2005",
                ExitCode.Refused,
                $"{Words.Of(Effect.Change)} on {target}",
                "there is no clearance for it",
                "This is a fault of the plan: report it with `blackstart run show`");
        }

        clearance.Demand(target, Effect.Change);
    }
}
