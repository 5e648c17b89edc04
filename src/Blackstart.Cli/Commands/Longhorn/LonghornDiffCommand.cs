using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Inspecting;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn diff DIR DIR</c>.</summary>
internal static class LonghornDiffCommand
{
    private const int RangesAtATime = 1024;

    public static Command Create()
    {
        var directories = new Argument<string[]>("dir") { Description = "Two replica directories", Arity = new ArgumentArity(2, 2) }.Named();
        var accept = new Option<string[]>("--accept") { Description = "A refusal to accept all the same, by its code", HelpName = "CODE" };
        var output = SharedOptions.Output("text", "json");
        var command = new Command("diff", "Show in which ranges the volumes of two replica directories differ") { directories, accept, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var paths = parsed.GetValue(directories)!;
            var judging = new JudgingOptions { Accepted = parsed.GetValue(accept) ?? [], Checksums = ChecksumPolicy.Never };
            using var first = Open(paths[0], judging, cancellationToken);
            using var second = Open(paths[1], judging, cancellationToken);
            await using var stream = new BufferedStream(Console.OpenStandardOutput());
            var isSame = SalvageFailure.Told($"comparing {paths[0]} and {paths[1]}", () => parsed.GetValue(output) == "json"
                ? WriteJson(first, second, stream, cancellationToken)
                : WriteText(first, second, stream, cancellationToken));
            return (int)(isSame ? ExitCode.Done : ExitCode.Negative);
        });
        return command;
    }

    private static ReplicaDirectory Open(string path, JudgingOptions judging, CancellationToken cancellationToken) => SalvageFailure.Told($"comparing {path}", () =>
    {
        var replica = ReplicaDirectory.Open(path, judging, cancellationToken);
        if (replica.IsRecoverable)
        {
            return replica;
        }

        var refusal = replica.Judgement.Refusal!;
        throw new SalvageException(refusal.Code, $"{path}: {refusal.Reason}");
    });

    private static bool WriteJson(ReplicaDirectory first, ReplicaDirectory second, Stream stream, CancellationToken cancellationToken)
    {
        var (ranges, bytes, compared) = (0L, 0L, 0L);
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = RunView.Json.Encoder }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 1);
            writer.WriteStartArray("replicas");
            foreach (var replica in new[] { first, second })
            {
                writer.WriteStartObject();
                writer.WriteString("path", replica.Judgement.Path);
                writer.WriteNumber("size", replica.Volume.Size);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("ranges");
            foreach (var range in VolumeDifferences.Between(first.Volume, second.Volume, count => compared += count, cancellationToken))
            {
                writer.WriteStartObject();
                writer.WriteNumber("offset", range.Offset);
                writer.WriteNumber("length", range.Length);
                writer.WriteEndObject();
                bytes += range.Length;
                if (++ranges % RangesAtATime == 0)
                {
                    writer.Flush();
                }
            }

            CheckUnchanged(first, second);
            writer.WriteEndArray();
            writer.WriteNumber("different", bytes);
            writer.WriteNumber("compared", compared);
            writer.WriteBoolean("same", ranges == 0);
            writer.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return ranges == 0;
    }

    private static bool WriteText(ReplicaDirectory first, ReplicaDirectory second, Stream stream, CancellationToken cancellationToken)
    {
        using var text = new StreamWriter(stream, leaveOpen: true);
        var (ranges, bytes, compared) = (0L, 0L, 0L);
        text.Write(Said($"- {Plain.Text(first.Judgement.Path)} ({Human.Bytes(first.Volume.Size)}, head last written {Plain.Time(first.Judgement.NewestWrite)})\n"));
        text.Write(Said($"+ {Plain.Text(second.Judgement.Path)} ({Human.Bytes(second.Volume.Size)}, head last written {Plain.Time(second.Judgement.NewestWrite)})\n"));
        foreach (var range in VolumeDifferences.Between(first.Volume, second.Volume, count => compared += count, cancellationToken))
        {
            text.Write(ranges++ == 0 ? Said($"  {"offset",20}{"length",20}\n") : string.Empty);
            text.Write(Said($"  {range.Offset,20}{range.Length,20}\n"));
            bytes += range.Length;
        }

        CheckUnchanged(first, second);
        text.Write(ranges == 0
            ? Said($"the same: {Human.Bytes(compared)} of data compared\n")
            : Said($"different: {Human.Bytes(bytes)} in {ranges} {(ranges == 1 ? "range" : "ranges")}, {Human.Bytes(compared)} of data compared\n"));
        return ranges == 0;
    }

    private static void CheckUnchanged(ReplicaDirectory first, ReplicaDirectory second)
    {
        first.Volume.CheckUnchanged();
        second.Volume.CheckUnchanged();
    }

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
