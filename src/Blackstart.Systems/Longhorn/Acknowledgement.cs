using System.Globalization;
using Blackstart.Core.Errors;

namespace Blackstart.Systems.Longhorn;

/// <summary>An operator's word that what a volume holds may be written over: the volume, and the day on which it was looked at.</summary>
public static class Acknowledgement
{
    /// <summary>Name of the run's option that holds them.</summary>
    public const string Option = "overwrite";

    private const string DateForm = "yyyy-MM-dd";

    /// <summary>Demands that each is <c>VOLUME@YYYY-MM-DD</c> with today's date in UTC.</summary>
    /// <returns>The same.</returns>
    /// <exception cref="BlackstartException"><c>BS4606</c>: one has another form, or another day's date.</exception>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> given, TimeProvider time)
    {
        foreach (var text in given)
        {
            if (text.Split('@') is not [{ Length: > 0 }, var day] || day != Today(time))
            {
                throw new BlackstartException(
                    "BS4606",
                    ExitCode.InvalidInput,
                    $"taking '{text}' as leave to write over a volume",
                    $"it is not VOLUME@{Today(time)}: leave is given for one volume, on the day it is used (UTC)",
                    "Look at what the volume holds today, then name it with today's date; nothing was begun");
            }
        }

        return given;
    }

    /// <summary>Whether a volume may be written over today.</summary>
    internal static bool Covers(IReadOnlyList<string> given, string volume, TimeProvider time) => given.Contains($"{volume}@{Today(time)}", StringComparer.Ordinal);

    /// <summary>Today's date in UTC, as an acknowledgement spells it.</summary>
    internal static string Today(TimeProvider time) => time.GetUtcNow().UtcDateTime.ToString(DateForm, CultureInfo.InvariantCulture);
}
