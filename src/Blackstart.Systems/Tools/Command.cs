namespace Blackstart.Systems.Tools;

/// <summary>One start of an operator's tool: a program and its argument list, never a shell string.</summary>
/// <param name="Tool">Program name, looked up on PATH, or an absolute path.</param>
/// <param name="Arguments">Arguments, one element each. Secrets never go here: they go through <see cref="StandardInput"/>.</param>
public sealed record Command(string Tool, params IReadOnlyList<string> Arguments)
{
    /// <summary>Text for the tool's standard input; the stream is closed after it. Null closes it at once.</summary>
    public string? StandardInput { get; init; }

    /// <summary>
    /// Whether standard input stays open, with an empty line every few seconds, for as long as this process lives and wants the result: a
    /// tool that watches it ends when the lines do, also on a machine where nothing of ours could end it.
    /// </summary>
    public bool IsLifeline { get; init; }

    /// <summary>Told each line of the tool's standard error as it comes.</summary>
    public IProgress<string>? ErrorLines { get; init; }

    /// <summary>Environment variables beside the allow-listed ones of <see cref="CommandLine"/>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Folder to start in; null for the caller's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>After this long the tool and its children are killed and the start counts as failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The command as an operator would retype it.</summary>
    public override string ToString() => string.Join(' ', Arguments.Prepend(Tool).Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,@%+".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
