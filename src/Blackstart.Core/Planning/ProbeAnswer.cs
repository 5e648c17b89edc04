namespace Blackstart.Core.Planning;

/// <summary>A probe's answer. What could not be asked is neither yes nor no, and never counts as a pass.</summary>
/// <param name="Holds">True when the question was asked and the answer is yes.</param>
/// <param name="Reason">Why, for a person: what was seen, or what kept the question from being asked.</param>
/// <param name="CouldNotAsk">True when a tool or system failed before the question was put.</param>
public sealed record ProbeAnswer(bool Holds, string Reason, bool CouldNotAsk = false)
{
    /// <summary>Yes, because of what was seen.</summary>
    public static ProbeAnswer Yes(string reason) => new(true, reason);

    /// <summary>No, because of what was seen.</summary>
    public static ProbeAnswer No(string reason) => new(false, reason);

    /// <summary>Nobody knows: the question could not be put.</summary>
    public static ProbeAnswer Unknown(string reason) => new(false, reason, CouldNotAsk: true);
}
