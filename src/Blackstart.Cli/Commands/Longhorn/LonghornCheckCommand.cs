using System.CommandLine;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Devices;
using Blackstart.Systems.Longhorn;
using Blackstart.Systems.Tools;
using Command = System.CommandLine.Command;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn check DEVICE</c>.</summary>
internal static class LonghornCheckCommand
{
    public static Command Create()
    {
        var device = new Argument<string>("device") { Description = "A block device such as /dev/longhorn/NAME, an NBD URI, or an image file" }.Named();
        var digest = new Option<string>("--digest") { Description = "sha256 of every byte, or none", DefaultValueFactory = _ => "sha256", HelpName = "KIND" };
        digest.AcceptOnlyFromAmong("sha256", "none");
        var bytes = new Option<long?>("--bytes") { Description = "Read only so many bytes of it, such as the size of what was written (default: all)", HelpName = "N" };
        var fileSystem = new Option<bool>("--file-system") { Description = "Check an ext2, ext3 or ext4 file system, on a copy in the cache folder; the device is not changed" };
        var progress = SharedOptions.Progress();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("check", "Say what a device or an image holds, without changing it") { device, digest, bytes, fileSystem, progress, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await CheckAsync(
                parsed.GetValue(device)!,
                new DeviceCheckOptions(parsed.GetValue(digest) == "sha256", parsed.GetValue(fileSystem), parsed.GetValue(bytes)),
                parsed.GetValue(progress),
                cancellationToken);
            await Console.Out.WriteAsync((parsed.GetValue(output) == "json" ? Json(report) : Text(report)).AsMemory(), cancellationToken);
            return (int)(report.IsDamaged ? ExitCode.Negative : ExitCode.Done);
        });
        return command;
    }

    private static async Task<DeviceCheckReport> CheckAsync(string device, DeviceCheckOptions options, string? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var view = CopyView.For(progress);
            return await new DeviceCheck(new CommandLine(TimeProvider.System)).RunAsync(device, options, view.Progress, cancellationToken);
        }
        catch (SalvageException e)
        {
            throw new BlackstartException(e.Code, ExitCode.CouldNotVerify, $"checking {device}", e.Reason, e.Remedy, e);
        }
    }

    private static string Json(DeviceCheckReport report) => new JsonObject
    {
        ["schemaVersion"] = 1,
        ["bytes"] = report.Bytes,
        ["sha256"] = report.Sha256,
        ["content"] = new JsonObject
        {
            ["kind"] = report.Content.Kind.ToString().ToLowerInvariant(),
            ["uuid"] = report.Content.Uuid,
            ["label"] = report.Content.Label,
            ["lastMounted"] = report.Content.LastMounted,
            ["lastWritten"] = report.Content.LastWritten,
            ["needsRecovery"] = report.Content.NeedsRecovery,
            ["isFresh"] = DeviceContent.IsFresh(report.Content),
            ["word"] = DeviceContent.WordOf(report.Content),
        },
        ["fileSystem"] = report.FileSystem,
    }.ToJsonString(RunView.Json) + "\n";

    private static string Text(DeviceCheckReport report) =>
        $"{Human.Bytes(report.Bytes)}: {Content(report.Content)}\n"
        + (report.Sha256 is null ? "" : $"sha256 {report.Sha256}\n")
        + (report.FileSystem is null ? "" : $"file system {report.FileSystem}{(report.IsDamaged ? $" ({SalvageCode.FileSystemDamaged})\n  next:  {SalvageCode.RemedyOf(SalvageCode.FileSystemDamaged)}" : "")}\n");

    private static string Content(VolumeContent content) =>
        $"{DeviceContent.WordOf(content)}{(content.Label is null ? "" : $" \"{Plain.Text(content.Label)}\"")}{(content.IsFreshlyFormatted ? ", with nothing in it" : "")}{(content.NeedsRecovery ? ", its journal is to be replayed" : "")}";
}
