namespace Blackstart.Bench.Measuring;

/// <summary>The times of the same thing, measured several times.</summary>
internal sealed record Samples(IReadOnlyList<TimeSpan> Times)
{
    public TimeSpan Median => Times.Order().ElementAt(Times.Count / 2);

    public TimeSpan Fastest => Times.Min();

    public TimeSpan Slowest => Times.Max();
}
