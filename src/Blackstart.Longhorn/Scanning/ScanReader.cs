using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Scanning;

/// <summary>Reads the fields of a scan.</summary>
internal static class ScanReader
{
    internal static ScanReport Read(JsonElement root)
    {
        var version = root.GetProperty("schemaVersion").GetInt32();
        if (version != ScanJson.SchemaVersion)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"This is a scan of version {version}; version {ScanJson.SchemaVersion} is understood."));
        }

        return new ScanReport(
            [.. root.GetProperty("disks").EnumerateArray().Select(disk => new FoundDisk(Text(disk, "path"), OptionalText(disk, "uuid"), Text(disk, "engine")))],
            [.. root.GetProperty("volumes").EnumerateArray().Select(Volume)],
            [.. root.GetProperty("unreadable").EnumerateArray().Select(path => path.GetString()!)])
        {
            Roots = root.TryGetProperty("roots", out var roots) ? [.. roots.EnumerateArray().Select(path => path.GetString()!)] : [],
            Volume = root.TryGetProperty("volume", out var volume) ? volume.GetString() : null,
        };
    }

    private static FoundVolume Volume(JsonElement json)
    {
        var replicas = json.GetProperty("replicas").EnumerateArray().Select(Replica).ToList();
        return new FoundVolume(
            Text(json, "name"),
            new ReplicaChoice(replicas.Find(replica => replica.Standing == ReplicaStanding.Best), OptionalText(json, "code"), Text(json, "reason"), replicas));
    }

    private static RankedReplica Replica(JsonElement json)
    {
        var path = Text(json, "path");
        _ = ReplicaName.TryParse(Path.GetFileName(path), out var name);
        var judgement = new ReplicaJudgement(
            path,
            name,
            Metadata(json),
            OptionalNumber(json, "revisionCounter"),
            [.. json.GetProperty("layers").EnumerateArray().Select(Layer)],
            Number(json, "allocated"),
            OptionalTime(json, "newestWrite"),
            OptionalText(json, "backingImage"),
            [.. json.GetProperty("findings").EnumerateArray().Select(Found)]);
        var evidence = new ReplicaEvidence(judgement, Content(json.GetProperty("content")), Sampled(json), OptionalNumber(json, "data"))
        {
            Node = json.TryGetProperty("node", out var node) ? node.GetString() : null,
        };
        return new RankedReplica(evidence, StandingWords.Parse(Text(json, "verdict")), Text(json, "reason"));
    }

    private static ReplicaMetadata? Metadata(JsonElement json) => OptionalNumber(json, "size") is not { } size
        ? null
        : new ReplicaMetadata(
            size,
            Text(json, "head"),
            Flag(json, "dirty"),
            Flag(json, "rebuilding"),
            Text(json, "error"),
            Number(json, "sectorSize"),
            Text(json, "backingFilePath"),
            Flag(json, "encrypted"));

    private static LayerSummary Layer(JsonElement json) => new(
        Text(json, "name"),
        Number(json, "length"),
        Number(json, "allocated"),
        Text(json, "created"),
        Flag(json, "userCreated"),
        Flag(json, "removed"),
        OptionalTime(json, "modified") ?? DateTimeOffset.UnixEpoch);

    private static Finding Found(JsonElement json) => new(
        Text(json, "kind") switch
        {
            "refusal" => FindingKind.Refusal,
            "warning" => FindingKind.Warning,
            "note" => FindingKind.Note,
            var other => throw new FormatException($"\"{other}\" is no kind of finding."),
        },
        Text(json, "code"),
        Text(json, "reason"));

    private static VolumeContent? Content(JsonElement json) => json.ValueKind == JsonValueKind.Null
        ? null
        : new VolumeContent
        {
            Kind = ContentWords.Parse(Text(json, "kind")),
            Uuid = OptionalText(json, "uuid"),
            Label = OptionalText(json, "label"),
            LastMounted = OptionalTime(json, "lastMounted"),
            LastWritten = OptionalTime(json, "lastWritten"),
            Inodes = OptionalNumber(json, "inodes"),
            FreeInodes = OptionalNumber(json, "freeInodes"),
            NeedsRecovery = Flag(json, "needsRecovery"),
            IsFreshlyFormatted = Flag(json, "freshlyFormatted"),
        };

    private static Fingerprint? Sampled(JsonElement json)
    {
        if (!json.TryGetProperty("fingerprint", out var found))
        {
            return null;
        }

        var bytes = found.GetProperty("blocks").GetBytesFromBase64();
        var level = (int)Number(found, "level");
        if (bytes.Length % ScanWriter.BytesPerBlock != 0 || level is < 0 or > SampleGrid.Coarsest)
        {
            throw new FormatException("A fingerprint is cut short.");
        }

        var blocks = new FingerprintBlock[bytes.Length / ScanWriter.BytesPerBlock];
        for (var i = 0; i < blocks.Length; i++)
        {
            var part = bytes.AsSpan(i * ScanWriter.BytesPerBlock, ScanWriter.BytesPerBlock);
            blocks[i] = new FingerprintBlock(BinaryPrimitives.ReadInt64LittleEndian(part), BinaryPrimitives.ReadUInt64LittleEndian(part[8..]));
            if (blocks[i].Index < 0 || (i > 0 && blocks[i].Index <= blocks[i - 1].Index))
            {
                throw new FormatException("The blocks of a fingerprint are not in order.");
            }
        }

        return new Fingerprint(level, blocks);
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null.");

    private static string? OptionalText(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    private static long? OptionalNumber(JsonElement json, string name) => json.GetProperty(name) is { ValueKind: not JsonValueKind.Null } value ? value.GetInt64() : null;

    private static bool Flag(JsonElement json, string name) => json.GetProperty(name).GetBoolean();

    private static DateTimeOffset? OptionalTime(JsonElement json, string name) =>
        OptionalText(json, name) is { } text ? DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture) : null;
}
