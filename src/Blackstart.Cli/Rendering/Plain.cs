using System.Globalization;
using System.Text;

namespace Blackstart.Cli.Rendering;

/// <summary>Text out of files and names, made harmless for a terminal and for the reader's eye.</summary>
internal static class Plain
{
    /// <summary>Replaces what a terminal would act on or not show: control characters, directions of writing, invisible ones, halves of pairs.</summary>
    public static string Text(string text)
    {
        StringBuilder? plain = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (IsHarmless(text, i))
            {
                continue;
            }

            plain ??= new StringBuilder(text);
            plain[i] = '?';
        }

        return plain?.ToString() ?? text;
    }

    /// <summary>A word of a command to type, quoted for a POSIX shell where needed.</summary>
    public static string Word(string text)
    {
        var plain = Text(text);
        return plain.Length > 0 && plain.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+:,=@".Contains(c, StringComparison.Ordinal))
            ? plain
            : $"'{plain.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary><c>2026-04-01 12:00:03 Z</c>, or a dash.</summary>
    public static string Time(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'Z'", CultureInfo.InvariantCulture) ?? "-";

    private static bool IsHarmless(string text, int index) => char.GetUnicodeCategory(text[index]) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.Surrogate => (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) && !IsInvisible(text, index))
            || (char.IsLowSurrogate(text[index]) && index > 0 && char.IsHighSurrogate(text[index - 1]) && !IsInvisible(text, index - 1)),
        _ => true,
    };

    private static bool IsInvisible(string text, int index) =>
        CharUnicodeInfo.GetUnicodeCategory(text, index) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.OtherNotAssigned;
}
