using Blackstart.Core.Errors;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Nodes;

/// <summary>
/// Runs <c>blackstart longhorn …</c> on a node, since data is read and written only on the machine whose disk or device it lies on. A
/// command that was cancelled, or whose caller was killed, ends on the node too.
/// </summary>
internal interface INodeRunner
{
    /// <summary>How it gets there.</summary>
    NodeRunnerKind Kind { get; }

    /// <summary>Proves that the node is the one the cluster means, then runs the command to its end, whatever its exit code.</summary>
    /// <param name="command">What to run, and under which clearances.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends the command, on the node too.</param>
    /// <exception cref="BlackstartException">
    /// <c>BS4620</c> the node is not declared; <c>BS4621</c> the cluster does not say who it is; <c>BS4622</c> it is another machine;
    /// <c>BS4623</c> it cannot be reached; <c>BS4624</c> Blackstart is not there; <c>BS4625</c> another version of it is; <c>BS4626</c> it gave
    /// no result; <c>BS4627</c> another one still works on the same; <c>BS4628</c> its Job did not run; <c>BS2005</c>, <c>BS2006</c>.
    /// </exception>
    Task<NodeResult> RunAsync(NodeCommand command, IProgress<StepProgress>? progress, CancellationToken cancellationToken);
}
