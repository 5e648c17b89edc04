using System.Text.Encodings.Web;
using System.Text.Json;

namespace Blackstart.Longhorn.Scanning;

/// <summary>
/// A scan as JSON, and back: what one node prints is evidence that another machine chooses by. The fields are those of
/// <c>docs/reference/longhorn-scan.md</c>.
/// </summary>
public static class ScanJson
{
    /// <summary>Version of the fields; it changes when one that exists changes its meaning.</summary>
    public const int SchemaVersion = 1;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a scan. The stream stays open.</summary>
    /// <param name="report">The scan.</param>
    /// <param name="output">Receives UTF-8.</param>
    public static void Write(ScanReport report, Stream output)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        using var writer = new Utf8JsonWriter(output, Indented);
        new ScanWriter(writer).Write(report);
    }

    /// <summary>Writes a scan.</summary>
    /// <param name="report">The scan.</param>
    public static string Write(ScanReport report)
    {
        using var buffer = new MemoryStream();
        Write(report, buffer);
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Reads what <see cref="Write(ScanReport, Stream)"/> wrote.</summary>
    /// <param name="json">UTF-8.</param>
    /// <exception cref="FormatException">It is not a scan, or of another version.</exception>
    public static ScanReport Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return ScanReader.Read(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"This is not a scan: {failure.Message}", failure);
        }
    }

    /// <summary>Reads what <see cref="Write(ScanReport)"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="FormatException">It is not a scan, or of another version.</exception>
    public static ScanReport Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Read(System.Text.Encoding.UTF8.GetBytes(json));
    }
}
