using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Ways to answer.</summary>
internal static class ApiResponse
{
    public const string Json = "application/json";

    public static Task WriteAsync(HttpContext context, int code, JsonNode body, IReadOnlyList<string>? warnings = null) =>
        WriteAsync(context, code, JsonSerializer.SerializeToUtf8Bytes(body), Json, warnings);

    public static async Task WriteAsync(HttpContext context, int code, ReadOnlyMemory<byte> body, string type = Json, IReadOnlyList<string>? warnings = null)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        Warn(context, warnings);
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    public static Task TextAsync(HttpContext context, int code, string text) =>
        WriteAsync(context, code, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");

    /// <summary>The answer for a path that is no API at all.</summary>
    public static Task NoPageAsync(HttpContext context) => TextAsync(context, 404, "404 page not found\n");

    public static void Warn(HttpContext context, IReadOnlyList<string>? warnings)
    {
        if (warnings is { Count: > 0 })
        {
            context.Response.Headers["Warning"] = new StringValues([.. warnings.Select(text =>
                $"299 - \"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"")]);
        }
    }
}
