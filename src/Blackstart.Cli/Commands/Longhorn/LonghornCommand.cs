using System.CommandLine;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn</c>.</summary>
internal static class LonghornCommand
{
    public static Command Create() => new("longhorn", "Read Longhorn replica directories, without Longhorn and without changing them")
    {
        LonghornScanCommand.Create(),
        LonghornInspectCommand.Create(),
        LonghornDiffCommand.Create(),
        LonghornExportCommand.Create(),
        LonghornCheckCommand.Create(),
    };
}
