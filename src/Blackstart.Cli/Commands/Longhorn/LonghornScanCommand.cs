using System.CommandLine;
using Blackstart.Cli.Composition;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Scanning;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn scan ROOT…</c>.</summary>
internal static class LonghornScanCommand
{
    public static Command Create()
    {
        var roots = new Argument<string[]>("root") { Description = "Where to look: a Longhorn disk (/var/lib/longhorn), any folder above disks or copies of them, a replica directory, or a block device", Arity = ArgumentArity.OneOrMore }.Named();
        var volume = new Option<string?>("--volume") { Description = "Only the replicas of this volume", HelpName = "NAME" }.Named();
        var fingerprint = new Option<bool>("--fingerprint") { Description = "Sample the blocks of every replica, so that another machine can choose by the JSON" };
        var compare = new Option<bool>("--compare") { Description = "Where replicas stand equal, compare them byte for byte; this reads them wholly" };
        var output = SharedOptions.Output("text", "json");
        var command = new Command("scan", "Find replica directories, judge each, and choose the best one of every volume") { roots, volume, fingerprint, compare, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var places = parsed.GetValue(roots)!;
            var options = new ScanOptions
            {
                Volume = parsed.GetValue(volume),
                WithFingerprints = parsed.GetValue(fingerprint),
                Choosing = new ChoosingOptions { CompareContents = parsed.GetValue(compare) },
            };
            var report = SalvageFailure.Told($"scanning {string.Join(' ', places)}", () => ReplicaScan.Run(places, options, cancellationToken));
            if (parsed.GetValue(output) == "json")
            {
                await using var stream = Console.OpenStandardOutput();
                ScanJson.Write(report, stream);
                await stream.WriteAsync("\n"u8.ToArray(), cancellationToken);
            }
            else
            {
                SalvageFailure.TellWhatIsNotSeen();
                await Console.Out.WriteAsync(ScanText.Of(report).AsMemory(), cancellationToken);
            }

            return (int)(report.IsDecided ? ExitCode.Done : ExitCode.Negative);
        });
        return command;
    }
}
