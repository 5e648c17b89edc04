using System.Globalization;

namespace Blackstart.Fuzz;

/// <summary>What came of a run.</summary>
/// <param name="Inputs">Inputs tried.</param>
/// <param name="Refused">Inputs of which the replica was refused.</param>
/// <param name="Unreadable">Inputs of which the replica was taken and its volume then told to be unreadable.</param>
/// <param name="Seconds">Time it took.</param>
/// <param name="Slowest">Longest time of one input, in milliseconds.</param>
/// <param name="Codes">How often each code was the reason to refuse.</param>
/// <param name="Failures">What may not happen.</param>
internal sealed record FuzzReport(
    long Inputs,
    long Refused,
    long Unreadable,
    double Seconds,
    double Slowest,
    IReadOnlyDictionary<string, long> Codes,
    IReadOnlyList<FuzzFailure> Failures)
{
    public override string ToString()
    {
        var codes = string.Join(", ", Codes.OrderByDescending(code => code.Value).Select(code => $"{code.Key} {code.Value}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Inputs} inputs in {Seconds:F1} s ({Inputs / Math.Max(Seconds, 0.001):F0} per second, slowest {Slowest:F0} ms): {Refused} refused, {Inputs - Refused - Unreadable} read, {Unreadable} found unreadable while read, {Failures.Count} failures\nrefused for {codes}");
    }
}
