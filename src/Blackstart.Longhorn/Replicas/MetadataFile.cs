using System.Text.Json;

namespace Blackstart.Longhorn.Replicas;

/// <summary>
/// A metadata file as the engine decodes it: the first JSON value, keys without regard to case, unknown keys and what follows the
/// first value ignored; of a key that occurs twice the last counts.
/// </summary>
internal sealed class MetadataFile
{
    /// <summary>The engine writes a few hundred bytes; labels may add some.</summary>
    internal const int LargestLength = 1 << 20;

    /// <summary>What is kept of a text that only people read: a chain of files at their largest must not fill the memory.</summary>
    private const int LongestRemark = 1024;

    /// <summary>The longest path that Linux takes; the name of a file is shorter still.</summary>
    private const int LongestPath = 4096;

    private readonly string _name;
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.OrdinalIgnoreCase);

    private MetadataFile(string name, JsonElement root)
    {
        _name = name;
        foreach (var property in root.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null)
            {
                _values[property.Name] = property.Value;
            }
        }
    }

    /// <summary>Decodes the content of a file.</summary>
    /// <exception cref="MetadataException">Not JSON, not an object, or filled with NUL.</exception>
    internal static MetadataFile Parse(string name, ReadOnlySpan<byte> content)
    {
        if (content.IndexOfAnyExcept((byte)0) < 0)
        {
            throw new MetadataException(SalvageCode.MetadataInvalid, content.IsEmpty ? $"{name} is empty" : $"{name} is filled with NUL bytes");
        }

        try
        {
            var reader = new Utf8JsonReader(content);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new MetadataFile(name, document.RootElement.Clone())
                : throw new MetadataException(SalvageCode.MetadataInvalid, $"{name} holds no JSON object");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new MetadataException(SalvageCode.MetadataInvalid, $"{name} is not valid JSON: {failure.Message}");
        }
    }

    internal ReplicaMetadata ToReplica()
    {
        var path = Path("BackingFilePath");
        return new ReplicaMetadata(
            Size(),
            Path("Head"),
            Flag("Dirty"),
            Flag("Rebuilding"),
            Remark("Error"),
            Number("SectorSize"),
            path.Length > 0 ? path : Path("BackingFileName"),
            Flag("Encrypted"));
    }

    internal LayerMetadata ToLayer() => new(Path("Parent"), Flag("Removed"), Flag("UserCreated"), Remark("Created"));

    internal string Text(string key)
    {
        try
        {
            return !_values.TryGetValue(key, out var value) ? string.Empty
                : value.ValueKind == JsonValueKind.String ? value.GetString()!
                : throw Wrong(key, "a string");
        }
        catch (InvalidOperationException)
        {
            // Bytes that are no UTF-8, or half of a surrogate pair.
            throw Wrong(key, "readable text");
        }
    }

    internal bool Flag(string key) =>
        _values.TryGetValue(key, out var value)
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(key, "true or false"));

    internal long Number(string key) =>
        !_values.TryGetValue(key, out var value) ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw Wrong(key, "a whole number of 64 bits");

    private string Path(string key) =>
        Text(key) is { Length: <= LongestPath } path ? path : throw Wrong(key, $"a path of at most {LongestPath} characters");

    private string Remark(string key) =>
        Text(key) is { Length: > LongestRemark } remark ? remark[..LongestRemark] : Text(key);

    private long Size()
    {
        try
        {
            return Number("Size");
        }
        catch (MetadataException failure)
        {
            throw new MetadataException(SalvageCode.SizeInvalid, failure.Message);
        }
    }

    private MetadataException Wrong(string key, string expected) =>
        new(SalvageCode.MetadataInvalid, $"{key} in {_name} is not {expected}");
}
