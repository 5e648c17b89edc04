namespace Blackstart.Core.Errors;

/// <summary>What the process tells its caller. The numbers are part of the command line's contract.</summary>
public enum ExitCode
{
    /// <summary>Verified, or done.</summary>
    Done = 0,

    /// <summary>The verdict is negative: not recovered, drift, a replica refused.</summary>
    Negative = 1,

    /// <summary>A tool or system failed, so nothing is known.</summary>
    CouldNotVerify = 2,

    /// <summary>The boundary refused.</summary>
    Refused = 3,

    /// <summary>The run waits for an operator.</summary>
    WaitsForOperator = 4,

    /// <summary>Wrong use or invalid input; nothing was changed.</summary>
    InvalidInput = 64,

    /// <summary>Interrupted by the operator.</summary>
    Interrupted = 130,
}
