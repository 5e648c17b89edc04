namespace Blackstart.Core.Execution;

/// <summary>How a step ended.</summary>
public enum StepOutcome
{
    /// <summary>Its gate held before its action ran; the action did not run.</summary>
    AlreadyMet,

    /// <summary>Its action ran, if it has one, and its gate holds.</summary>
    Succeeded,

    /// <summary>Its precondition did not hold, its action failed, or its gate did not hold in time.</summary>
    Failed,

    /// <summary>The boundary refused its effect.</summary>
    Refused,

    /// <summary>A step it depends on did not succeed; it was not started.</summary>
    Blocked,

    /// <summary>The run was cancelled before it was done.</summary>
    Cancelled,
}
