namespace Blackstart.Core.Estates;

/// <summary>What somebody probably meant by a word that is not known.</summary>
internal static class Suggestion
{
    /// <summary>A sentence such as <c>Did you mean 'dependsOn'?</c> without its end, or null when nothing is near.</summary>
    public static string? For(string word, IEnumerable<string> known) => Nearest(word, known) is { } near ? $"Did you mean '{near}'?" : null;

    private static string? Nearest(string word, IEnumerable<string> known) =>
        word.Length is < 3 or > 64
            ? null
            : known
                .Take(256)
                .Select(k => (Word: k, Distance: k.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(word.ToLowerInvariant(), k.ToLowerInvariant())))
                .Where(k => k.Distance <= Math.Max(1, Math.Min(word.Length, k.Word.Length) / 3))
                .OrderBy(k => k.Distance)
                .ThenBy(k => k.Word, StringComparer.Ordinal)
                .Select(k => k.Word)
                .FirstOrDefault();

    /// <summary>Edits of one letter (and swaps of two neighbours) from one word to the other.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = (i, j) switch
                {
                    (0, _) => j,
                    (_, 0) => i,
                    _ => Math.Min(
                        Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1),
                        rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)),
                };
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
