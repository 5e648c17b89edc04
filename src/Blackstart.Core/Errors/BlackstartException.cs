namespace Blackstart.Core.Errors;

/// <summary>A failure told to an operator: what was attempted and on what, the likely cause, and what to do next.</summary>
/// <param name="code">Stable code, <c>BS</c> and four digits, listed in docs/reference/errors.md.</param>
/// <param name="exitCode">What the process returns when nothing handles the failure.</param>
/// <param name="attempted">What was attempted and on what, as a sentence without its full stop.</param>
/// <param name="cause">The likely cause; what came back.</param>
/// <param name="remedy">The next thing to do, preferably a command to type.</param>
/// <param name="inner">The failure underneath, if one was caught.</param>
public sealed class BlackstartException(
    string code,
    ExitCode exitCode,
    string attempted,
    string cause,
    string remedy,
    Exception? inner = null)
    : Exception($"{code}: {attempted}: {cause}. {remedy}", inner)
{
    /// <summary>Stable code, <c>BS</c> and four digits.</summary>
    public string Code { get; } = code;

    /// <summary>What the process returns.</summary>
    public ExitCode ExitCode { get; } = exitCode;

    /// <summary>What was attempted, and on what.</summary>
    public string Attempted { get; } = attempted;

    /// <summary>The likely cause.</summary>
    public string Cause { get; } = cause;

    /// <summary>What to do next.</summary>
    public string Remedy { get; } = remedy;
}
