using System.Text.Encodings.Web;
using System.Text.Json;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Scanning;

namespace Blackstart.Longhorn.Inspecting;

/// <summary>An inspection as JSON; the fields are those of <c>docs/reference/longhorn-inspect.md</c>.</summary>
public static class InspectionJson
{
    /// <summary>Runs written before what is buffered goes out: a map may be larger than memory.</summary>
    private const int RunsAtATime = 1024;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an inspection. The stream stays open.</summary>
    /// <param name="inspection">What was found.</param>
    /// <param name="digest">What the hashing came to; null if nothing was hashed.</param>
    /// <param name="withRuns">Whether every run of data is listed, with the layer it comes from.</param>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="cancellationToken">Stops between runs.</param>
    /// <exception cref="SalvageException">The file system stopped answering where the layers are allocated.</exception>
    public static void Write(ReplicaInspection inspection, CopyResult? digest, bool withRuns, Stream output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inspection);
        ArgumentNullException.ThrowIfNull(output);
        using var writer = new Utf8JsonWriter(output, Indented);
        var fields = new ScanWriter(writer);
        var judgement = inspection.Judgement;
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion", ScanJson.SchemaVersion);
        writer.WriteString("path", judgement.Path);
        writer.WriteString("volume", judgement.Name?.Volume);
        writer.WriteString("verdict", InspectionWords.Of(judgement.Verdict));
        writer.WriteString("code", judgement.Refusal?.Code);
        writer.WriteString("reason", judgement.Refusal?.Reason);
        writer.WriteString("remedy", judgement.Refusal is { } refusal ? SalvageCode.RemedyOf(refusal.Code) : null);
        writer.WriteString("snapshot", inspection.Snapshot);
        fields.Write(judgement.Metadata);
        fields.Number("bytes", inspection.Volume?.Size);
        fields.Number("revisionCounter", judgement.RevisionCounter);
        fields.Time("newestWrite", judgement.NewestWrite);
        writer.WriteNumber("allocated", judgement.Allocated);
        fields.Number("data", inspection.DataBytes);
        Write(writer, inspection.BackingImage);
        fields.Strings("chain", [.. inspection.Layers.Where(layer => layer.IsInChain).Select(layer => layer.Name)]);
        Write(fields, writer, inspection.Layers);
        fields.Write(inspection.Content);
        fields.Write(inspection.Findings);
        writer.WriteString("sha256", digest?.Sha256?.ToString());
        if (withRuns && inspection.Volume is not null)
        {
            WriteRuns(writer, inspection, cancellationToken);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, InspectedBackingImage? image)
    {
        if (image is null)
        {
            writer.WriteNull("backingImage");
            return;
        }

        writer.WriteStartObject("backingImage");
        writer.WriteString("path", image.Path);
        writer.WriteString("format", image.Format);
        writer.WriteNumber("size", image.Size);
        writer.WriteNumber("supplies", image.Supplies);
        writer.WriteEndObject();
    }

    private static void Write(ScanWriter fields, Utf8JsonWriter writer, IReadOnlyList<InspectedLayer> layers)
    {
        writer.WriteStartArray("layers");
        foreach (var layer in layers)
        {
            writer.WriteStartObject();
            writer.WriteString("name", layer.Name);
            writer.WriteString("snapshot", layer.Snapshot);
            writer.WriteString("parent", layer.Parent);
            writer.WriteBoolean("inChain", layer.IsInChain);
            writer.WriteBoolean("present", layer.IsPresent);
            writer.WriteString("created", layer.Created);
            writer.WriteBoolean("userCreated", layer.UserCreated);
            writer.WriteBoolean("removed", layer.Removed);
            writer.WriteNumber("length", layer.Length);
            writer.WriteNumber("allocated", layer.Allocated);
            fields.Time("modified", layer.Modified);
            fields.Number("supplies", layer.Supplies);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteRuns(Utf8JsonWriter writer, ReplicaInspection inspection, CancellationToken cancellationToken)
    {
        var count = 0;
        writer.WriteStartArray("runs");
        foreach (var run in inspection.Volume!.Runs(cancellationToken))
        {
            writer.WriteStartObject();
            writer.WriteNumber("offset", run.Offset);
            writer.WriteNumber("length", run.Length);
            writer.WriteString("layer", inspection.NameOf(run));
            writer.WriteEndObject();
            if (++count % RunsAtATime == 0)
            {
                writer.Flush();
            }
        }

        writer.WriteEndArray();
    }
}
