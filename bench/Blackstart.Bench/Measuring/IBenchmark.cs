namespace Blackstart.Bench.Measuring;

/// <summary>Something that is measured as a whole: a run, a process, a file written.</summary>
internal interface IBenchmark
{
    /// <summary>What <c>scripts/bench NAME</c> picks it by.</summary>
    string Name { get; }

    /// <summary>What it answers, in a sentence.</summary>
    string Question { get; }

    /// <summary>Measures, prints a table, and leaves nothing behind.</summary>
    Task RunAsync(TextWriter output, CancellationToken cancellationToken);
}
