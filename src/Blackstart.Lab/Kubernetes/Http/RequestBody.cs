using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Protobuf;
using Blackstart.Systems.Kubernetes;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Reads the body of a request: JSON, YAML, or the protobuf of the few kinds that kubectl sends so.</summary>
internal static class RequestBody
{
    private const int Limit = 3 * 1024 * 1024;
    private const string Protobuf = "application/vnd.kubernetes.protobuf";

    /// <summary>The media type, without parameters; empty when the client sends none.</summary>
    public static string MediaType(HttpRequest request) => (request.ContentType ?? string.Empty).Split(';')[0].Trim();

    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16384];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await buffer.WriteAsync(chunk.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            if (buffer.Length > Limit)
            {
                throw Refusal.BadRequest($"the request body is larger than {Limit} bytes");
            }
        }

        return buffer.ToArray();
    }

    /// <summary>An object in any of the accepted forms.</summary>
    public static async Task<JsonObject> ObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var bytes = await ReadAsync(request, cancellationToken).ConfigureAwait(false);
        var type = MediaType(request);
        if (type == Protobuf || (type.Length == 0 && ProtobufObjects.IsProtobuf(bytes)))
        {
            return ProtobufObjects.Decode(bytes);
        }

        if (type is not ("" or "application/json" or "application/yaml"))
        {
            throw Refusal.UnsupportedMediaType(["application/json", "application/yaml", Protobuf]);
        }

        return Parse(bytes) as JsonObject ?? throw Refusal.BadRequest("the object provided is unrecognized (must be of type Object)");
    }

    /// <summary>JSON, or YAML when it does not begin as JSON does.</summary>
    public static JsonNode? Parse(byte[] bytes)
    {
        var first = bytes.AsSpan().TrimStart(" \t\r\n"u8);
        try
        {
            return first.Length == 0 ? null : first[0] is (byte)'{' or (byte)'[' ? JsonAccess.Parse(bytes) : YamlDocuments.Parse(Encoding.UTF8.GetString(bytes)) is [var only, ..] ? only : null;
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException or YamlDotNet.Core.YamlException)
        {
            throw Refusal.BadRequest($"the object provided is unrecognized: {problem.Message}");
        }
    }
}
