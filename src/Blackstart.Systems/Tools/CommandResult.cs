namespace Blackstart.Systems.Tools;

/// <summary>What a tool left behind when it ended.</summary>
/// <param name="ExitCode">Exit status; 128 + signal number when a signal ended it.</param>
/// <param name="StandardOutput">All of its standard output, as UTF-8.</param>
/// <param name="StandardError">All of its standard error, as UTF-8.</param>
public sealed record CommandResult(int ExitCode, string StandardOutput, string StandardError)
{
    /// <summary>The last non-empty line of standard error, or of standard output: most tools say there what went wrong.</summary>
    public string LastWords =>
        LastLine(StandardError) ?? LastLine(StandardOutput) ?? $"exit code {ExitCode} and no message";

    private static string? LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
