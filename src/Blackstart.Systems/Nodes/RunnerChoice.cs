namespace Blackstart.Systems.Nodes;

/// <summary>The words by which an operator says how nodes are worked on.</summary>
public static class RunnerChoice
{
    /// <summary>Name of the run's option that goes before the estate's setting.</summary>
    public const string Option = "runner";

    /// <summary>The words, in the order of <see cref="NodeRunnerKind"/>.</summary>
    public static IReadOnlyList<string> Words { get; } = ["here", "ssh", "job"];

    internal static NodeRunnerKind Of(string word) => (NodeRunnerKind)Words.Index().First(w => w.Item == word).Index;
}
