using Blackstart.Core.Errors;

namespace Blackstart.Systems.Tools;

/// <summary>Starts the operator's own tools.</summary>
public interface ICommandLine
{
    /// <summary>Runs a command to its end, whatever its exit code.</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c> the tool is not on PATH; <c>BS4002</c> it took longer than its timeout.</exception>
    Task<CommandResult> TryRunAsync(Command command, CancellationToken cancellationToken);

    /// <summary>Runs a command that must end with exit code 0.</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>, <c>BS4002</c>, or <c>BS4003</c> with the tool's last words.</exception>
    Task<CommandResult> RunAsync(Command command, CancellationToken cancellationToken);
}
