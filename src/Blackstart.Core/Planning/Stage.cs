namespace Blackstart.Core.Planning;

/// <summary>The part of a run that a step belongs to, in the order in which a drill goes through them.</summary>
public enum Stage
{
    /// <summary>All checks must be green before anything is broken.</summary>
    SteadyState,

    /// <summary>How the fault is taken back is written down first.</summary>
    Undo,

    /// <summary>The deliberate breakage.</summary>
    Fault,

    /// <summary>The same checks must now be red: each check's negative control.</summary>
    Detection,

    /// <summary>The recovery plan.</summary>
    Recovery,

    /// <summary>The data is there, and nothing is missing.</summary>
    Verification,

    /// <summary>What the drill left behind is put right.</summary>
    Cleanup,
}
