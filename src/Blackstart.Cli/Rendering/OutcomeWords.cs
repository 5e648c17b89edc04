using Blackstart.Core.Execution;

namespace Blackstart.Cli.Rendering;

/// <summary>How an outcome is called and coloured on the terminal.</summary>
internal static class OutcomeWords
{
    public static string Of(StepOutcome outcome) => outcome switch
    {
        StepOutcome.AlreadyMet => "met",
        StepOutcome.Succeeded => "done",
        StepOutcome.Failed => "FAILED",
        StepOutcome.Refused => "REFUSED",
        StepOutcome.Blocked => "blocked",
        _ => "stopped",
    };

    public static string Colour(StepOutcome outcome) => outcome switch
    {
        StepOutcome.AlreadyMet or StepOutcome.Succeeded => "green",
        StepOutcome.Failed or StepOutcome.Refused => "red",
        _ => "yellow",
    };
}
