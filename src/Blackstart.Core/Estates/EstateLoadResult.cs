using Blackstart.Core.Errors;

namespace Blackstart.Core.Estates;

/// <summary>What came of loading an estate: the estate, or everything that is wrong with its file.</summary>
/// <param name="Estate">The estate; null when there is any error.</param>
/// <param name="Errors">All errors, in the order of the file; empty when there is an estate.</param>
public sealed record EstateLoadResult(Estate? Estate, IReadOnlyList<EstateError> Errors)
{
    /// <summary>The estate, for callers that cannot go on without one.</summary>
    /// <exception cref="BlackstartException"><c>BS1000</c>, with all errors, one a line.</exception>
    public Estate Require() => Estate ?? throw new BlackstartException(
        "BS1000",
        ExitCode.InvalidInput,
        $"reading the estate from {Errors[0].File}",
        Errors.Count == 1
            ? $"it has an error\n  {Errors[0]}\n"
            : $"it has {Errors.Count} errors\n{string.Concat(Errors.Select(e => $"  {e}\n"))}",
        "Mend the file and run the same command again; nothing was changed");
}
