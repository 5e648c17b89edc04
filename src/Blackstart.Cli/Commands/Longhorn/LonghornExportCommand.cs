using System.CommandLine;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Core.Planning;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn export DIR --to FILE</c>.</summary>
internal static class LonghornExportCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("dir") { Description = "A replica directory: <volume>-<8 hex digits>" };
        var to = new Option<string>("--to") { Description = "The raw image to write; it must not exist", HelpName = "FILE", Required = true };
        var accept = new Option<string[]>("--accept") { Description = "A refusal to accept all the same, by its code; errors.md marks those that can be", HelpName = "CODE" };
        var backing = new Option<string?>("--backing-image") { Description = "The backing image, where it is not found beside the replica", HelpName = "FILE" };
        var output = SharedOptions.Output("text", "json");
        var command = new Command("export", "Write the volume a replica directory holds as a sparse raw image") { directory, to, accept, backing, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var progress = Console.IsErrorRedirected ? null : new CopyLine(TimeProvider.System);
            var report = await ReplicaExport.RunAsync(
                parsed.GetValue(directory)!,
                parsed.GetValue(to)!,
                new JudgingOptions { Accepted = parsed.GetValue(accept) ?? [], BackingImage = parsed.GetValue(backing) },
                new CopyOptions { Progress = progress },
                cancellationToken);
            if (progress is not null)
            {
                CopyLine.End();
            }

            await Console.Out.WriteAsync((parsed.GetValue(output) == "json" ? Json(report) : Text(report)).AsMemory(), cancellationToken);
            return (int)(report.IsWritten ? ExitCode.Done : ExitCode.Negative);
        });
        return command;
    }

    private static string Json(ReplicaExportReport report)
    {
        var json = new JsonObject { ["schemaVersion"] = 1, ["verdict"] = report.Verdict };
        if (report.IsWritten)
        {
            json["sha256"] = report.Sha256;
            json["bytes"] = report.Bytes;
            json["allocated"] = report.Allocated;
            json["backingImage"] = report.BackingImage;
        }
        else
        {
            json["code"] = report.Code;
            json["reason"] = report.Reason;
            json["remedy"] = report.Remedy;
        }

        json["chain"] = new JsonArray([.. report.Chain.Select(l => (JsonNode)l)]);
        json["findings"] = new JsonArray([.. report.Findings.Select(f => new JsonObject { ["kind"] = Words.Of(f.Kind), ["code"] = f.Code, ["reason"] = f.Reason })]);
        return json.ToJsonString(RunView.Json) + "\n";
    }

    private static string Text(ReplicaExportReport report) => report.IsWritten
        ? $"{report.Verdict}: {Human.Bytes(report.Bytes!.Value)}, {Human.Bytes(report.Allocated!.Value)} of it data, from {report.Chain.Count} layers\nsha256 {report.Sha256}\n{Warnings(report)}"
        : $"refused {report.Code}: {report.Reason}\n  next:  {report.Remedy}\n";

    private static string Warnings(ReplicaExportReport report) => string.Concat(report.Findings.Select(f => $"{Words.Of(f.Kind)} {f.Code}: {f.Reason}\n"));
}
