namespace Blackstart.Core.Execution;

/// <summary>The kinds of line a journal holds; docs/reference/journal.md lists their fields.</summary>
public static class JournalKinds
{
    /// <summary>First line: the run's name and its whole plan.</summary>
    public const string RunStarted = "run-started";

    /// <summary>The run goes on after it was killed or stopped.</summary>
    public const string RunResumed = "run-resumed";

    /// <summary>A step is about to act, with the clearance it acts under.</summary>
    public const string StepStarted = "step-started";

    /// <summary>A step has found something out.</summary>
    public const string Fact = "fact";

    /// <summary>A step has ended.</summary>
    public const string StepEnded = "step-ended";

    /// <summary>The run has ended with a verdict.</summary>
    public const string RunEnded = "run-ended";

    /// <summary>The result of the last <see cref="RunEnded"/> is sealed as evidence.</summary>
    public const string EvidenceSealed = "evidence-sealed";
}
