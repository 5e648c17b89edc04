using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Blackstart.Lab.Vault;

/// <summary>How Vault's JSON is written and read.</summary>
internal static class VaultJson
{
    /// <summary>Property names as Vault writes them.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] ToBytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static T FromBytes<T>(byte[] bytes) =>
        JsonSerializer.Deserialize<T>(bytes, Options) ?? throw new InvalidDataException($"A stored {typeof(T).Name} is null.");

    public static JsonArray Array(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);

    public static string? Text(JsonObject data, string name) => data[name] switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value => value.ToString(),
        _ => null,
    };

    public static bool? Flag(JsonObject data, string name) => data[name] switch
    {
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when bool.TryParse(value.ToString(), out var flag) => flag,
        _ => null,
    };

    public static long? Number(JsonObject data, string name) => data[name] switch
    {
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when long.TryParse(value.ToString(), System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <summary>A list, or a string of items separated by commas; null when the field is not there.</summary>
    public static IReadOnlyList<string>? List(JsonObject data, string name) => data[name] switch
    {
        JsonArray array => [.. array.Select(item => item?.ToString() ?? string.Empty)],
        JsonValue value => value.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => null,
    };

    /// <summary>A duration in seconds; null when the field is not there.</summary>
    /// <exception cref="VaultFault">400: not a duration.</exception>
    public static long? Seconds(JsonObject data, string name)
    {
        var text = Text(data, name);
        return string.IsNullOrEmpty(text) ? null : Durations.Seconds(text);
    }
}
