using System.CommandLine;

namespace Blackstart.Cli.Commands.Evidence;

/// <summary><c>blackstart evidence</c>.</summary>
internal static class EvidenceCommand
{
    public static Command Create() => new("evidence", "The sealed results of runs")
    {
        EvidenceVerifyCommand.Create(),
    };
}
