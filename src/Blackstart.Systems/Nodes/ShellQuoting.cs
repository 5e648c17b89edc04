namespace Blackstart.Systems.Nodes;

/// <summary>Words for a POSIX shell that takes each of them as it is.</summary>
internal static class ShellQuoting
{
    /// <summary>One word: within single quotes a shell leaves everything alone but the quote itself (POSIX.1-2017, XCU 2.2.2).</summary>
    /// <exception cref="ArgumentException">It has a NUL, which no argument can have.</exception>
    public static string Quote(string word) => word.Contains('\0', StringComparison.Ordinal)
        ? throw new ArgumentException("An argument cannot have a NUL", nameof(word))
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A command of these words.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));
}
