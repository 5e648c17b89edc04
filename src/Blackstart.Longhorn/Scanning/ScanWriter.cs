using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Scanning;

/// <summary>Writes the fields of a scan.</summary>
internal sealed class ScanWriter(Utf8JsonWriter writer)
{
    internal const int BytesPerBlock = 16;

    /// <summary>A writer keeps everything in memory until it is told to let go.</summary>
    private const int MostPending = 64 << 10;

    internal void Write(ScanReport report)
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion", ScanJson.SchemaVersion);
        Strings("roots", report.Roots);
        writer.WriteString("volume", report.Volume);
        writer.WriteString("reason", report.NothingFound);
        writer.WriteStartArray("disks");
        foreach (var disk in report.Disks)
        {
            Write(disk);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("volumes");
        foreach (var volume in report.Volumes)
        {
            Write(volume);
            if (writer.BytesPending > MostPending)
            {
                writer.Flush();
            }
        }

        writer.WriteEndArray();
        Strings("unreadable", report.Unreadable);
        writer.WriteEndObject();
    }

    private void Write(FoundDisk disk)
    {
        writer.WriteStartObject();
        writer.WriteString("path", disk.Path);
        writer.WriteString("uuid", disk.Uuid);
        writer.WriteString("engine", disk.Engine);
        if (disk.IsSecondEngine)
        {
            writer.WriteString("verdict", StandingWords.Of(ReplicaStanding.Unsupported));
            writer.WriteString("code", SalvageCode.SecondDataEngine);
        }

        writer.WriteEndObject();
    }

    private void Write(FoundVolume volume)
    {
        var choice = volume.Choice;
        writer.WriteStartObject();
        writer.WriteString("name", volume.Name);
        writer.WriteString("choice", choice.Best?.Judgement.Path);
        writer.WriteBoolean("ambiguous", choice.IsAmbiguous);
        writer.WriteString("code", choice.Code);
        writer.WriteString("reason", choice.Reason);
        writer.WriteStartArray("replicas");
        foreach (var replica in choice.Replicas)
        {
            Write(replica);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void Write(RankedReplica replica)
    {
        var judgement = replica.Judgement;
        writer.WriteStartObject();
        writer.WriteString("path", judgement.Path);
        if (replica.Evidence.Node is { } node)
        {
            writer.WriteString("node", node);
        }

        writer.WriteString("verdict", StandingWords.Of(replica.Standing));
        writer.WriteString("code", judgement.Refusal?.Code);
        writer.WriteString("reason", replica.Reason);
        Write(judgement.Metadata);
        Number("revisionCounter", judgement.RevisionCounter);
        Time("newestWrite", judgement.NewestWrite);
        writer.WriteNumber("allocated", judgement.Allocated);
        Number("data", replica.Evidence.DataBytes);
        writer.WriteString("backingImage", judgement.BackingImage);
        writer.WriteStartArray("chain");
        foreach (var layer in judgement.Chain)
        {
            writer.WriteStringValue(layer.Name);
        }

        writer.WriteEndArray();
        Write(judgement.Chain);
        WriteSnapshots(judgement.Chain);
        Write(replica.Content);
        Write(judgement.Findings);
        if (replica.Evidence.Fingerprint is { } fingerprint)
        {
            Write(fingerprint);
        }

        writer.WriteEndObject();
    }

    internal void Write(ReplicaMetadata? metadata)
    {
        Number("size", metadata?.Size);
        writer.WriteString("head", metadata?.Head);
        Flag("rebuilding", metadata?.Rebuilding);
        Flag("dirty", metadata?.Dirty);
        writer.WriteString("error", metadata?.Error);
        Number("sectorSize", metadata?.SectorSize);
        writer.WriteString("backingFilePath", metadata?.BackingFilePath);
        Flag("encrypted", metadata?.Encrypted);
    }

    private void Write(IReadOnlyList<LayerSummary> layers)
    {
        writer.WriteStartArray("layers");
        foreach (var layer in layers)
        {
            writer.WriteStartObject();
            writer.WriteString("name", layer.Name);
            writer.WriteNumber("length", layer.Length);
            writer.WriteNumber("allocated", layer.Allocated);
            writer.WriteString("created", layer.Created);
            writer.WriteBoolean("userCreated", layer.UserCreated);
            writer.WriteBoolean("removed", layer.Removed);
            Time("modified", layer.Modified);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteSnapshots(IReadOnlyList<LayerSummary> layers)
    {
        writer.WriteStartArray("snapshots");
        foreach (var layer in layers)
        {
            if (LayerName.IsSnapshot(layer.Name))
            {
                writer.WriteStartObject();
                writer.WriteString("name", LayerName.SnapshotOf(layer.Name));
                writer.WriteString("created", layer.Created);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }

    internal void Write(VolumeContent? content)
    {
        if (content is null)
        {
            writer.WriteNull("content");
            return;
        }

        writer.WriteStartObject("content");
        writer.WriteString("kind", ContentWords.Of(content.Kind));
        writer.WriteString("uuid", content.Uuid);
        writer.WriteString("label", content.Label);
        Time("lastMounted", content.LastMounted);
        Time("lastWritten", content.LastWritten);
        Number("inodes", content.Inodes);
        Number("freeInodes", content.FreeInodes);
        writer.WriteBoolean("needsRecovery", content.NeedsRecovery);
        writer.WriteBoolean("freshlyFormatted", content.IsFreshlyFormatted);
        writer.WriteEndObject();
    }

    internal void Write(IReadOnlyList<Finding> findings)
    {
        writer.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("kind", KindWord(finding.Kind));
            writer.WriteString("code", finding.Code);
            writer.WriteString("reason", finding.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    internal static string KindWord(FindingKind kind) => kind switch
    {
        FindingKind.Refusal => "refusal",
        FindingKind.Warning => "warning",
        _ => "note",
    };

    private void Write(Fingerprint fingerprint)
    {
        var bytes = new byte[fingerprint.Blocks.Count * BytesPerBlock];
        for (var i = 0; i < fingerprint.Blocks.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * BytesPerBlock), fingerprint.Blocks[i].Index);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((i * BytesPerBlock) + 8), fingerprint.Blocks[i].Digest);
        }

        writer.WriteStartObject("fingerprint");
        writer.WriteNumber("level", fingerprint.Level);
        writer.WriteBase64String("blocks", bytes);
        writer.WriteEndObject();
    }

    internal void Strings(string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    internal void Number(string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private void Flag(string name, bool? value)
    {
        if (value is { } flag)
        {
            writer.WriteBoolean(name, flag);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    internal void Time(string name, DateTimeOffset? value) => writer.WriteString(name, value?.ToString("O", CultureInfo.InvariantCulture));
}
