using System.CommandLine;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Inspecting;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn inspect DIR</c>.</summary>
internal static class LonghornInspectCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("dir") { Description = "A replica directory: <volume>-<8 hex digits>" }.Named();
        var snapshot = new Option<string?>("--snapshot") { Description = "Look at the volume as of this snapshot, by its own name", HelpName = "NAME" }.Named();
        var digest = Digest();
        var map = new Option<bool>("--map") { Description = "List every run of data and the layer it comes from" };
        var accept = new Option<string[]>("--accept") { Description = "A refusal to accept all the same, by its code", HelpName = "CODE" };
        var backing = new Option<string?>("--backing-image") { Description = "The backing image, where it is not found beside the replica", HelpName = "FILE" }.Named();
        var progress = SharedOptions.Progress();
        var output = SharedOptions.Output("text", "json");
        var command = new Command("inspect", "Show what a replica directory is made of: its layers, what each supplies, what the volume holds") { directory, snapshot, digest, map, accept, backing, progress, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(directory)!;
            var mode = Enum.Parse<DigestMode>(parsed.GetValue(digest)!, ignoreCase: true);
            var judging = new JudgingOptions
            {
                Accepted = parsed.GetValue(accept) ?? [],
                BackingImage = parsed.GetValue(backing),
                Checksums = mode == DigestMode.None ? ChecksumPolicy.Never : ChecksumPolicy.WhenValid,
            };
            if (parsed.GetValue(output) == "text")
            {
                SalvageFailure.TellWhatIsNotSeen();
            }

            using var inspection = SalvageFailure.Told($"inspecting {path}", () => ReplicaInspection.Open(path, parsed.GetValue(snapshot), judging, cancellationToken));
            var result = mode == DigestMode.None || inspection.Volume is null ? null : await HashAsync(inspection, mode, parsed.GetValue(progress), cancellationToken);
            await WriteAsync(inspection, result, parsed.GetValue(map), parsed.GetValue(output) == "json", cancellationToken);
            return (int)(inspection.Volume is null ? SalvageFailure.ExitOf(inspection.Judgement.Refusal!.Code) : ExitCode.Done);
        });
        return command;
    }

    private static Option<string> Digest()
    {
        var modes = Array.ConvertAll(Enum.GetNames<DigestMode>(), name => name.ToLowerInvariant());
        var option = new Option<string>("--digest") { Description = $"Hash the volume, which reads it wholly: {string.Join(", ", modes)}", DefaultValueFactory = _ => "none", HelpName = "MODE" };
        option.AcceptOnlyFromAmong(modes);
        return option;
    }

    private static async Task<CopyResult> HashAsync(ReplicaInspection inspection, DigestMode mode, string? progress, CancellationToken cancellationToken)
    {
        using var view = CopyView.For(progress);
        return await SalvageFailure.ToldAsync($"hashing {inspection.Judgement.Path}", () => inspection.DigestAsync(new CopyOptions { Digest = mode, Progress = view.Progress }, cancellationToken));
    }

    private static async Task WriteAsync(ReplicaInspection inspection, CopyResult? result, bool withMap, bool asJson, CancellationToken cancellationToken)
    {
        await using var stream = new BufferedStream(Console.OpenStandardOutput());
        await using var text = new StreamWriter(stream);
        SalvageFailure.Told($"mapping {inspection.Judgement.Path}", () =>
        {
            if (asJson)
            {
                InspectionJson.Write(inspection, result, withMap, stream, cancellationToken);
                text.Write('\n');
            }
            else
            {
                new InspectText(text).Write(inspection, result, withMap, cancellationToken);
            }

            return true;
        });
    }
}
