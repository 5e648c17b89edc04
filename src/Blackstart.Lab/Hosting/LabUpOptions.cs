namespace Blackstart.Lab.Hosting;

/// <summary>How <c>lab up</c> is to go about it.</summary>
/// <param name="Hold">Services that are not started, such as <c>longhorn</c>; <c>lab start</c> starts them later.</param>
public sealed record LabUpOptions(IReadOnlyList<string> Hold)
{
    /// <summary>Everything is started.</summary>
    public static LabUpOptions Everything { get; } = new([]);
}
