using System.CommandLine;
using Blackstart.Lab.Hosting;

namespace Blackstart.Cli.Commands.Lab;

/// <summary>Options that the lab's commands share.</summary>
internal static class LabOptions
{
    public static Option<string?> StateDirectory() => new("--state-dir")
    {
        Description = "State directory of the lab (default: $XDG_STATE_HOME/blackstart/lab)",
        HelpName = "DIR",
    };

    public static LabHost Host(ParseResult parsed, Option<string?> stateDirectory) =>
        new(LabLayout.At(parsed.GetValue(stateDirectory)), LabProgram.Current, TimeProvider.System);
}
