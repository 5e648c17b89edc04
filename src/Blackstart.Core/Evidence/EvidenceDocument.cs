using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Core.Evidence;

/// <summary>One document of the chain, as it stands in its file.</summary>
/// <param name="Sequence">Its number, from 1.</param>
/// <param name="Run">The run whose result it holds.</param>
/// <param name="Previous">Digest of the file before it; null for the first.</param>
/// <param name="ContentSha256">Digest of the content in canonical form, as the document states it.</param>
/// <param name="ActualContentSha256">Digest of the content in canonical form, as it is.</param>
/// <param name="FileSha256">Digest of the file's bytes.</param>
internal sealed record EvidenceDocument(
    int Sequence, string Run, string? Previous, string ContentSha256, string ActualContentSha256, string FileSha256)
{
    public const int SchemaVersion = 1;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static string FileName(int sequence, string run) => $"{sequence.ToString("0000", CultureInfo.InvariantCulture)}-{run}.json";

    public static byte[] Write(int sequence, string run, string? previous, DateTimeOffset sealedAt, JsonElement content)
    {
        var document = new JsonObject
        {
            ["schemaVersion"] = SchemaVersion,
            ["sequence"] = sequence,
            ["run"] = run,
            ["previous"] = previous,
            ["sealedAt"] = sealedAt.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
            ["contentSha256"] = Digest.OfCanonical(content),
            ["content"] = JsonNode.Parse(content.GetRawText()),
        };
        return [.. JsonSerializer.SerializeToUtf8Bytes(document, Indented), (byte)'\n'];
    }

    /// <summary>Reads a document; null when the bytes are not one.</summary>
    public static EvidenceDocument? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes, Strict);
            var root = json.RootElement;
            return root.GetProperty("schemaVersion").GetInt32() != SchemaVersion
                ? null
                : new EvidenceDocument(
                    root.GetProperty("sequence").GetInt32(),
                    root.GetProperty("run").GetString() ?? "",
                    root.GetProperty("previous").GetString(),
                    root.GetProperty("contentSha256").GetString() ?? "",
                    Digest.OfCanonical(root.GetProperty("content")),
                    Digest.Of(bytes.Span));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
