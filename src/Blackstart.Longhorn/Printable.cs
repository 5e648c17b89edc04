using System.Globalization;

namespace Blackstart.Longhorn;

/// <summary>
/// Text that comes from a disk, such as the name of a file, made harmless for a terminal and for one line of a report: a name may hold
/// escape sequences, line breaks and marks that turn the direction of what follows.
/// </summary>
internal static class Printable
{
    /// <summary>Longer than any path that a file system holds with the sentence around it.</summary>
    private const int Longest = 8192;

    /// <summary>The text with everything that is not to be seen replaced by a question mark, and cut if it is very long.</summary>
    internal static string Of(string text)
    {
        if (text.Length <= Longest && !text.Any(IsHidden))
        {
            return text;
        }

        var shown = text.Length > Longest ? text[..Longest] + "…" : text;
        return string.Concat(shown.Select(c => IsHidden(c) ? '?' : c));
    }

    private static bool IsHidden(char c) => c is not (>= ' ' and <= '~')
        && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
