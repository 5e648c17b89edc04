namespace Blackstart.Core.Planning;

/// <summary>Who does a step.</summary>
public enum StepKind
{
    /// <summary>The runner does it.</summary>
    Automatic,

    /// <summary>A person does it; the gate proves that it was done.</summary>
    Manual,
}
