using System.Globalization;
using System.Text;
using Blackstart.Cli.Rendering;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Scanning;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary>A scan for people: per volume which replica to take and why, then all of them, best first, then what to type next.</summary>
internal static class ScanText
{
    public static string Of(ScanReport report)
    {
        var text = new StringBuilder();
        foreach (var volume in report.Volumes)
        {
            Append(text, volume);
        }

        foreach (var disk in report.Disks.Where(disk => disk.IsSecondEngine))
        {
            text.Append(Said($"disk {Plain.Text(disk.Path)}: {StandingWords.Of(ReplicaStanding.Unsupported)} ({SalvageCode.SecondDataEngine})\n  next:  {SalvageCode.RemedyOf(SalvageCode.SecondDataEngine)}\n\n"));
        }

        foreach (var folder in report.Unreadable)
        {
            text.Append(Said($"not looked into: {Plain.Text(folder)}\n"));
        }

        if (report.Unreadable.Count > 0)
        {
            text.Append("  next:  run this as root; replica directories belong to root\n\n");
        }

        return text.Append(Sum(report)).ToString();
    }

    private static string Sum(ScanReport report)
    {
        if (report.NothingFound is { } nothing)
        {
            return Said($"{Plain.Text(nothing)}\n  next:  name the disks' folders; Longhorn's own default is /var/lib/longhorn{(report.Volume is null ? string.Empty : "; without --volume all volumes there are listed")}\n");
        }

        var (chosen, ambiguous) = (report.Volumes.Count(volume => volume.Choice.Best is not null), report.Volumes.Count(volume => volume.Choice.IsAmbiguous));
        return Said($"{Counted(report.Volumes.Count, "volume")}, {Counted(report.Volumes.Sum(volume => volume.Choice.Replicas.Count), "replica directory", "replica directories")}: {chosen} with a best replica, {ambiguous} for you to decide, {report.Volumes.Count - chosen - ambiguous} with nothing usable\n");
    }

    private static void Append(StringBuilder text, FoundVolume volume)
    {
        var choice = volume.Choice;
        var head = choice.Best is { } best ? $"recover from {Plain.Text(best.Evidence.Place)}"
            : choice.IsAmbiguous ? $"YOU DECIDE ({choice.Code})"
            : $"NOTHING USABLE HERE ({choice.Code})";
        text.Append(Said($"volume {Plain.Text(volume.Name)}: {head}\n  why:   {Plain.Text(choice.Reason)}\n"));
        var table = new Columns("  ");
        table.Add("verdict", "size", "on disk", "layers", "counter", "newest write", "holds", "directory");
        foreach (var replica in choice.Replicas.OrderBy(replica => replica.Standing))
        {
            Append(table, replica);
        }

        text.Append(table).Append(Next(choice)).Append('\n');
    }

    private static void Append(Columns table, RankedReplica replica)
    {
        var judgement = replica.Judgement;
        var notes = new List<string>();
        if (replica.Standing != ReplicaStanding.Best)
        {
            notes.Add(judgement.Refusal is { } refusal ? $"{refusal.Code}: {replica.Reason}" : replica.Reason);
        }

        notes.AddRange(judgement.Warnings.Select(warning => $"warning {warning.Code}: {warning.Reason}"));
        table.Add(
            notes.Count > 0 ? Plain.Text(string.Join("; ", notes)) : null,
            [
                StandingWords.Of(replica.Standing),
                judgement.Metadata is { } metadata ? Human.Bytes(metadata.Size) : "-",
                Human.Bytes(judgement.Allocated),
                judgement.Chain.Count.ToString(CultureInfo.InvariantCulture),
                judgement.RevisionCounter?.ToString(CultureInfo.InvariantCulture) ?? "-",
                Plain.Time(judgement.NewestWrite),
                Holds(replica.Content),
                Plain.Text(replica.Evidence.Place),
            ]);
    }

    /// <summary>What a volume holds, in a few words.</summary>
    public static string Holds(VolumeContent? content)
    {
        if (content is null)
        {
            return "-";
        }

        var words = new StringBuilder(ContentWords.Of(content.Kind));
        if (content.Label is { } label)
        {
            words.Append(Said($" \"{Plain.Text(label)}\""));
        }

        if (content.IsFreshlyFormatted)
        {
            words.Append(", just made");
        }

        if (content.LastMounted is { } mounted)
        {
            words.Append(Said($", mounted {Plain.Time(mounted)}"));
        }

        if (content.LastWritten is { } written)
        {
            words.Append(Said($", written {Plain.Time(written)}"));
        }

        return words.ToString();
    }

    private static string Next(ReplicaChoice choice)
    {
        if (choice.Best is { } best)
        {
            return Said($"  next:  blackstart longhorn export {Plain.Word(best.Judgement.Path)} --to FILE\n");
        }

        var usable = choice.Replicas.Where(replica => replica.Judgement.Verdict != ReplicaVerdict.Refused && replica.Standing == ReplicaStanding.Usable).ToList();
        return choice.IsAmbiguous && usable.Count > 1
            ? Said($"  next:  blackstart longhorn diff {Plain.Word(usable[0].Judgement.Path)} {Plain.Word(usable[1].Judgement.Path)}\n")
            : Said($"  next:  {choice.Replicas.Select(replica => replica.Judgement.Refusal).FirstOrDefault(refusal => refusal is not null && refusal.Code != SalvageCode.Empty) switch { { } refusal => SalvageCode.RemedyOf(refusal.Code), null => SalvageCode.RemedyOf(SalvageCode.NothingToChoose) }}\n");
    }

    private static string Counted(int count, string one, string? several = null) => Said($"{count} {(count == 1 ? one : several ?? one + "s")}");

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
