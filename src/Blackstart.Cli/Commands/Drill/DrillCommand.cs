using System.CommandLine;

namespace Blackstart.Cli.Commands.Drill;

/// <summary><c>blackstart drill</c>.</summary>
internal static class DrillCommand
{
    public static Command Create() => new("drill", "Rehearse a disaster in a sandbox")
    {
        DrillListCommand.Create(),
        DrillRunCommand.Create(),
    };
}
