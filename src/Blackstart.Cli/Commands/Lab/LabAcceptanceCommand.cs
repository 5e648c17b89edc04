using System.CommandLine;

namespace Blackstart.Cli.Commands.Lab;

internal static class LabAcceptanceCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var what = new Argument<string>("what") { Description = "erp or documents" };
        what.AcceptOnlyFromAmong("erp", "documents");
        var command = new Command("acceptance", "Compare what the estate holds with what its customers hold in hand") { what, stateDirectory };
        command.SetAction(_ => 2);
        return command;
    }
}
