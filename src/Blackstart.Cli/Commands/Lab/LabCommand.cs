using System.CommandLine;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab</c>: the embedded estate.</summary>
internal static class LabCommand
{
    public static Command Create() => new("lab", "The embedded estate: a small cluster with Longhorn, Vault and an ERP on this machine")
    {
        LabUpCommand.Create(),
        LabDownCommand.Create(),
        LabStatusCommand.Create(),
        LabResetCommand.Create(),
        LabStartCommand.Create(),
        LabStopCommand.Create(),
        LabAcceptanceCommand.Create(),
        LabProcessCommand.Create(),
    };
}
