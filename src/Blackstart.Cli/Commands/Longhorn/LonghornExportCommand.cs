using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn export DIR --to FILE|DEVICE</c>.</summary>
internal static class LonghornExportCommand
{
    /// <summary>Reads, writes, the hash and the writing back hold a thread each; the runtime begins with one per core and adds others only slowly.</summary>
    private const int Threads = 12;

    public static Command Create()
    {
        var directory = new Argument<string>("dir") { Description = "A replica directory: <volume>-<8 hex digits>" }.Named();
        var to = new Option<string>("--to") { Description = "A raw image to make, which must not exist; a block device; or an NBD URI", HelpName = "FILE|DEVICE", Required = true }.Named();
        var digest = new Option<string>("--digest")
        {
            Description = "sha256 of every byte, holes too; extents: of what is allocated, which takes no longer than the data is; or none",
            DefaultValueFactory = _ => "sha256",
            HelpName = "KIND",
        };
        digest.AcceptOnlyFromAmong("sha256", "extents", "none");
        var verify = new Option<bool>("--verify") { Description = "Read back what was written, and compare" };
        var snapshot = new Option<string?>("--snapshot") { Description = "Write the volume as of a snapshot", HelpName = "NAME" }.Named();
        var backing = new Option<string?>("--backing-image") { Description = "The backing image, where it is not found beside the replica", HelpName = "FILE" }.Named();
        var accept = new Option<string[]>("--accept") { Description = "A refusal to accept all the same, by its code; errors.md marks those that can be", HelpName = "CODE" };
        var overwrite = new Option<DateOnly?>("--overwrite")
        {
            Description = "Write over what a device holds: today's date (UTC), as YYYY-MM-DD",
            HelpName = "DATE",
            CustomParser = ParseDate,
        };
        var progress = SharedOptions.Progress();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("export", "Write the volume a replica directory holds as a sparse raw image, or into a device")
        {
            directory, to, digest, verify, snapshot, backing, accept, overwrite, progress, output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ThreadPool.SetMinThreads(Threads, Threads);
            using var view = CopyView.For(parsed.GetValue(progress));
            var report = await ReplicaExport.RunAsync(
                parsed.GetValue(directory)!,
                parsed.GetValue(to)!,
                new ExportOptions
                {
                    Judging = new JudgingOptions { Accepted = parsed.GetValue(accept) ?? [], BackingImage = parsed.GetValue(backing) },
                    Copying = new CopyOptions { Digest = Enum.Parse<DigestMode>(parsed.GetValue(digest)!, ignoreCase: true), Progress = view.Progress },
                    Snapshot = parsed.GetValue(snapshot),
                    Verify = parsed.GetValue(verify),
                    Overwrite = parsed.GetValue(overwrite),
                },
                cancellationToken);
            view.Dispose();
            if (parsed.GetValue(output) == "text")
            {
                SalvageFailure.TellWhatIsNotSeen();
            }

            await Console.Out.WriteAsync((parsed.GetValue(output) == "json" ? Json(report) : Text(report, parsed.GetValue(to)!)).AsMemory(), cancellationToken);
            return (int)(report.Code is { } code ? SalvageFailure.ExitOf(code) : ExitCode.Done);
        });
        return command;
    }

    private static DateOnly? ParseDate(ArgumentResult result)
    {
        if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        result.AddError($"'{result.Tokens[0].Value}' is not a date; give today's as YYYY-MM-DD");
        return null;
    }

    private static string Json(ReplicaExportReport report)
    {
        var json = new JsonObject { ["schemaVersion"] = 1, ["verdict"] = report.Verdict };
        if (report.IsWritten)
        {
            json["sha256"] = report.Sha256;
            json["extents"] = report.Extents;
            json["bytes"] = report.Bytes;
            json["data"] = report.Data;
            json["allocated"] = report.Allocated;
            json["verified"] = report.IsVerified;
            json["snapshot"] = report.Snapshot;
            json["resumedAt"] = report.ResumedAt;
            json["overwrite"] = report.OverwriteDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            json["overwritten"] = report.Overwritten;
            json["backingImage"] = report.BackingImage;
        }
        else
        {
            json["code"] = report.Code;
            json["reason"] = report.Reason;
            json["remedy"] = report.Remedy;
        }

        json["chain"] = new JsonArray([.. report.Chain.Select(l => (JsonNode)l)]);
        json["findings"] = FindingsView.Json(report.Findings);
        return json.ToJsonString(RunView.Json) + "\n";
    }

    private static string Text(ReplicaExportReport report, string to) => report.IsWritten
        ? $"{report.Verdict}: {Human.Bytes(report.Bytes!.Value)}, {Human.Bytes(report.Data!.Value)} of it data, from {report.Chain.Count} {(report.Chain.Count == 1 ? "layer" : "layers")}{Particulars(report)}\n{Digest(report)}{FindingsView.Text(report.Findings)}  next:  blackstart longhorn check {Plain.Word(to)} --file-system\n"
        : $"refused {report.Code}: {report.Reason}\n  next:  {report.Remedy}\n";

    private static string Particulars(ReplicaExportReport report) => string.Concat(
        report.Snapshot is null ? "" : $", as of snapshot {report.Snapshot}",
        report.ResumedAt is { } resumed ? $", the first {Human.Bytes(resumed)} of it found written before" : "",
        report.Overwritten is null ? "" : $", over {report.Overwritten}{(report.OverwriteDate is { } date ? string.Create(CultureInfo.InvariantCulture, $" (acknowledged for {date:yyyy-MM-dd})") : "")}",
        report.IsVerified ? ", read back and compared" : "");

    private static string Digest(ReplicaExportReport report) =>
        report.Sha256 is not null ? $"sha256 {report.Sha256}\n" : report.Extents is not null ? $"extents {report.Extents}\n" : "";
}
