using System.Globalization;

namespace Blackstart.Lab.Vault;

/// <summary>Durations as Vault takes them: seconds, or numbers with a unit (<c>s</c>, <c>m</c>, <c>h</c>, <c>d</c>) in a row.</summary>
internal static class Durations
{
    /// <summary>Whole seconds.</summary>
    /// <exception cref="VaultFault">400: not a duration.</exception>
    public static long Seconds(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            return seconds;
        }

        if (text[^1] is not ('s' or 'm' or 'h' or 'd'))
        {
            throw new VaultFault(400, $"strconv.ParseInt: parsing \"{text}\": invalid syntax");
        }

        var total = 0d;
        var start = 0;
        for (var index = 0; index < text.Length; index++)
        {
            var unit = text[index] switch { 's' => 1d, 'm' => 60d, 'h' => 3600d, 'd' => 86400d, _ => 0d };
            if (unit == 0d)
            {
                continue;
            }

            if (!double.TryParse(text.AsSpan(start, index - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                throw new VaultFault(400, $"time: invalid duration \"{text}\"");
            }

            total += number * unit;
            start = index + 1;
        }

        return (long)total;
    }
}
