using System.CommandLine;
using System.Text.Json;
using Blackstart.Cli.Rendering;
using Blackstart.Lab.Erp.Acceptance;
using Blackstart.Lab.Hosting;

namespace Blackstart.Cli.Commands.Lab;

/// <summary><c>blackstart lab acceptance WHAT</c>: the acceptance command of the lab's own workloads.</summary>
internal static class LabAcceptanceCommand
{
    public static Command Create()
    {
        var stateDirectory = LabOptions.StateDirectory();
        var what = new Argument<string>("what") { Description = "erp or documents" };
        what.AcceptOnlyFromAmong("erp", "documents");
        var command = new Command("acceptance", "Compare what the estate holds with what its customers hold in hand") { what, stateDirectory };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var acceptance = new LabAcceptance(LabLayout.At(parsed.GetValue(stateDirectory)), TimeProvider.System);
            var report = parsed.GetValue(what) == "erp"
                ? await acceptance.ErpAsync(cancellationToken)
                : await acceptance.DocumentsAsync(cancellationToken);
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(report, RunView.Json));
            return report.Accepted ? 0 : 1;
        });
        return command;
    }
}
