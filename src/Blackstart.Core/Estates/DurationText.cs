using System.Globalization;
using System.Text;

namespace Blackstart.Core.Estates;

/// <summary>
/// Durations as people write them: whole numbers with a unit, <c>d h m s ms</c>, largest first, each unit at most once:
/// <c>0s</c>, <c>90s</c>, <c>1h30m</c>, <c>250ms</c>.
/// </summary>
public static class DurationText
{
    /// <summary>The form, as a regular expression without anchors.</summary>
    public const string Pattern = "(?=[0-9])([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m(?!s))?([0-9]{1,9}s)?([0-9]{1,9}ms)?";

    private static readonly (string Unit, long Milliseconds)[] Units =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

    /// <summary>Reads a duration; false when the text is not one, or is longer than <see cref="TimeSpan"/> can say.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        decimal milliseconds = 0;
        var next = 0;
        var at = 0;
        while (at < text.Length)
        {
            var number = Run(text, ref at, char.IsAsciiDigit);
            var unit = Run(text, ref at, char.IsAsciiLetterLower);
            var index = Array.FindIndex(Units, next, u => string.Equals(u.Unit, unit, StringComparison.Ordinal));
            if (number.Length is 0 or > 9 || index < 0)
            {
                return false;
            }

            milliseconds += decimal.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture) * Units[index].Milliseconds;
            next = index + 1;
        }

        if (text.Length == 0 || milliseconds > (decimal)TimeSpan.MaxValue.TotalMilliseconds - 1)
        {
            return false;
        }

        value = TimeSpan.FromMilliseconds((long)milliseconds);
        return true;
    }

    /// <summary>Writes a duration in the form <see cref="TryParse"/> reads, rounded down to milliseconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public static string Format(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        var rest = value.Ticks / TimeSpan.TicksPerMillisecond;
        var text = new StringBuilder();
        foreach (var (unit, milliseconds) in Units)
        {
            if (rest / milliseconds is > 0 and var count)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
                rest -= count * milliseconds;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static string Run(string text, ref int at, Func<char, bool> belongs)
    {
        var start = at;
        while (at < text.Length && belongs(text[at]))
        {
            at++;
        }

        return text[start..at];
    }
}
