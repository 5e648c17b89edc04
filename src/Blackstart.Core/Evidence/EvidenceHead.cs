using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Blackstart.Core.Evidence;

/// <summary>
/// The newest document's number and digest, in a file of its own: without it nobody would miss a newest document that was removed.
/// </summary>
internal sealed record EvidenceHead(int Sequence, string Sha256)
{
    public const string FileName = "HEAD";

    public byte[] Write() =>
        Encoding.UTF8.GetBytes($"{{\"sequence\":{Sequence.ToString(CultureInfo.InvariantCulture)},\"sha256\":\"{Sha256}\"}}\n");

    /// <summary>Reads the file's bytes; null when they are not, byte for byte, what <see cref="Write"/> writes.</summary>
    public static EvidenceHead? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var head = new EvidenceHead(
                json.RootElement.GetProperty("sequence").GetInt32(),
                json.RootElement.GetProperty("sha256").GetString() ?? "");
            return head.Write().AsSpan().SequenceEqual(bytes.Span) ? head : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
