using System.Text.Encodings.Web;
using System.Text.Json;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>JSON inside a message for people: without escapes that only HTML needs.</summary>
internal static class Readable
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
