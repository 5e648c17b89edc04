namespace Blackstart.Fuzz;

/// <summary>What a fuzz run does. The same seed and number make the same input.</summary>
internal sealed record FuzzOptions
{
    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>Number of the first input.</summary>
    public long First { get; init; }

    public long Inputs { get; init; } = long.MaxValue;

    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Where failing inputs are kept.</summary>
    public string Keep { get; init; } = Path.Combine(AppContext.BaseDirectory, "failures");

    /// <summary>Where the replicas lie that are damaged; a file system with FIEMAP.</summary>
    public string Scratch { get; init; } = Path.Combine(AppContext.BaseDirectory, "scratch");

    /// <summary>After so many failures it is known that something is wrong.</summary>
    public int MostFailures { get; init; } = 10;
}
