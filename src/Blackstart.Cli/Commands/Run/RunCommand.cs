using System.CommandLine;

namespace Blackstart.Cli.Commands.Run;

/// <summary><c>blackstart run</c>.</summary>
internal static class RunCommand
{
    public static Command Create() => new("run", "Look at runs, past and under way")
    {
        RunListCommand.Create(),
        RunShowCommand.Create(),
    };
}
