namespace Blackstart.Cli.Commands.Lab;

/// <summary>Progress as plain lines on standard error.</summary>
internal sealed class LineProgress : IProgress<string>
{
    public void Report(string value) => Console.Error.WriteLine(value);
}
