namespace Blackstart.Bench.Images;

/// <summary>One way to write the image.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Aim">The least speed that is aimed at, as a part of cp's, with dropped and with warm caches; null for none.</param>
/// <param name="Warms">The files it reads, where it is measured with warm caches as well.</param>
/// <param name="WriteAsync">Writes the image to a path and brings it to stable storage.</param>
internal sealed record Contender(string Name, (double? Cold, double? Warm) Aim, IReadOnlyList<string> Warms, Func<string, Task> WriteAsync)
{
    public List<TimeSpan> Cold { get; } = [];

    public List<TimeSpan> Warm { get; } = [];
}
