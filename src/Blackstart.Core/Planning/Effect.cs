namespace Blackstart.Core.Planning;

/// <summary>What a step may do to the system it lands on.</summary>
public enum Effect
{
    /// <summary>Reads only.</summary>
    Observe,

    /// <summary>Changes a system, in a way that the plan's purpose allows.</summary>
    Change,

    /// <summary>Breaks or deletes something on purpose; never on production.</summary>
    Destroy,
}
