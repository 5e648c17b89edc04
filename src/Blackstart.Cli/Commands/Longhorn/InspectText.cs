using System.Globalization;
using Blackstart.Cli.Rendering;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Inspecting;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary>An inspection for people: the verdict, then the layers from the top down, with the branches where they leave the chain.</summary>
internal sealed class InspectText(TextWriter output)
{
    public void Write(ReplicaInspection inspection, CopyResult? digest, bool withMap, CancellationToken cancellationToken)
    {
        var judgement = inspection.Judgement;
        output.Write(Said($"{Plain.Text(judgement.Path)}\n"));
        output.Write(judgement.Refusal is { } refusal
            ? Said($"refused {refusal.Code}: {Plain.Text(refusal.Reason)}\n  next:  {SalvageCode.RemedyOf(refusal.Code)}\n")
            : Said($"{InspectionWords.Of(judgement.Verdict)}{(inspection.Snapshot is { } snapshot ? $", as of snapshot {Plain.Text(snapshot)}" : string.Empty)}\n"));
        foreach (var finding in inspection.Findings.Where(finding => finding != judgement.Refusal))
        {
            output.Write(Said($"{finding.Kind switch { Blackstart.Longhorn.Replicas.FindingKind.Note => "note", Blackstart.Longhorn.Replicas.FindingKind.Warning => "warning", _ => "also" }} {finding.Code}: {Plain.Text(finding.Reason)}\n"));
        }

        WriteFacts(inspection, digest);
        WriteLayers(inspection);
        if (withMap && inspection.Volume is not null)
        {
            WriteMap(inspection, cancellationToken);
        }

        if (inspection.Volume is not null)
        {
            output.Write(Said($"\n  next:  blackstart longhorn export {Plain.Word(judgement.Path)} --to FILE{(inspection.Snapshot is { } of ? $" --snapshot {Plain.Word(of)}" : string.Empty)}\n"));
        }
    }

    private void WriteFacts(ReplicaInspection inspection, CopyResult? digest)
    {
        var judgement = inspection.Judgement;
        var facts = new Columns("  ");
        facts.Add("volume", Plain.Text(judgement.Name?.Volume ?? "-"));
        if (judgement.Metadata is { } metadata)
        {
            facts.Add("size", Said($"{Human.Bytes(metadata.Size)} ({metadata.Size} bytes)"));
            facts.Add("state", Said($"{(metadata.Dirty ? "not closed cleanly (as after every crash)" : "closed cleanly")}{(metadata.Rebuilding ? ", BEING REBUILT" : string.Empty)}{(metadata.Encrypted ? ", encrypted" : string.Empty)}"));
        }

        facts.Add("on disk", Human.Bytes(judgement.Allocated));
        if (inspection.DataBytes is { } data)
        {
            facts.Add("data", Said($"{Human.Bytes(data)} of the merged volume"));
        }

        facts.Add("newest write", Plain.Time(judgement.NewestWrite));
        facts.Add("counter", judgement.RevisionCounter?.ToString(CultureInfo.InvariantCulture) ?? "none (the default)");
        facts.Add("holds", ScanText.Holds(inspection.Content));
        if (inspection.Content?.Uuid is { } uuid)
        {
            facts.Add("uuid", Plain.Text(uuid));
        }

        if (inspection.BackingImage is { } image)
        {
            facts.Add("backing image", Said($"{Plain.Text(image.Path)} ({image.Format}, {Human.Bytes(image.Size)})"));
        }

        if (digest?.Sha256 is { } sha256)
        {
            facts.Add("sha256", sha256.ToString());
        }

        if (digest?.Extents is { } extents)
        {
            facts.Add("extents", extents.ToString());
        }

        output.Write(facts.ToString());
    }

    private void WriteLayers(ReplicaInspection inspection)
    {
        if (inspection.Layers.Count == 0)
        {
            return;
        }

        var table = new Columns("  ");
        table.Add("layer, from the top", "made by", "created", "last written", "on disk", "supplies");
        foreach (var (layer, depth) in LayerTree.Of(inspection.Layers))
        {
            table.Add(
                Prefix(depth) + Plain.Text(layer.Name),
                Marks(layer),
                layer.Created.Length == 0 ? "-" : Plain.Text(layer.Created),
                layer.IsPresent ? Plain.Time(layer.Modified) : "-",
                layer.IsPresent ? Human.Bytes(layer.Allocated) : "MISSING",
                layer.Supplies is { } bytes ? Human.Bytes(bytes) : "-");
        }

        if (inspection.BackingImage is { } image)
        {
            table.Add("▣ backing image", string.Empty, string.Empty, string.Empty, string.Empty, Human.Bytes(image.Supplies));
        }

        output.Write("\n" + table);
        if (inspection.Layers.Any(layer => !layer.IsInChain))
        {
            output.Write("  ○ is not part of the volume: kept when the volume was reverted, or left by a crash\n");
        }
    }

    private static string Prefix(int depth) => depth == 0 ? "● " : "│ " + new string(' ', 2 * (Math.Min(depth, LayerTree.Deepest) - 1)) + "○ ";

    private static string Marks(InspectedLayer layer) =>
        (layer.Snapshot is null ? "head" : layer.UserCreated ? "user" : "system") + (layer.Removed ? ", removed" : string.Empty) + (layer.Parent is null ? ", no metadata" : string.Empty);

    private void WriteMap(ReplicaInspection inspection, CancellationToken cancellationToken)
    {
        output.Write("\n  " + "offset".PadLeft(20) + "length".PadLeft(20) + "  layer\n");
        foreach (var run in inspection.Volume!.Runs(cancellationToken))
        {
            output.Write(Said($"  {run.Offset,20}{run.Length,20}  {Plain.Text(inspection.NameOf(run))}\n"));
        }
    }

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
