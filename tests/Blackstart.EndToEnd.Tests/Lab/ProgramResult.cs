namespace Blackstart.EndToEnd.Tests.Lab;

internal sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n--- error\n{Last(Error, 60)}\n--- output\n{Last(Output, 15)}";

    private static string Last(string text, int lines) => string.Join('\n', text.Split('\n').TakeLast(lines));
}
