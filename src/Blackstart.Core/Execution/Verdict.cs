namespace Blackstart.Core.Execution;

/// <summary>What a run proved. Never a score; what could not be asked is never a pass.</summary>
public enum Verdict
{
    /// <summary>Every gate held and every record that was acknowledged is there.</summary>
    Recovered,

    /// <summary>A gate did not hold, or data is missing.</summary>
    NotRecovered,

    /// <summary>A system or tool could not be asked, or a check was never seen red.</summary>
    CouldNotVerify,

    /// <summary>The run was stopped before its end.</summary>
    Aborted,
}
