using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>One version of one object. It never changes; a new version is a new instance.</summary>
internal sealed class StoredObject
{
    private StoredObject(string key, long revision, JsonObject view)
    {
        Key = key;
        Revision = revision;
        View = view;
        Json = JsonSerializer.SerializeToUtf8Bytes(view);
    }

    public string Key { get; }

    /// <summary>etcd's revision of the write, which is the object's resourceVersion.</summary>
    public long Revision { get; }

    /// <summary>The object for reading. It is shared between requests: copy before a change (<see cref="Edit"/>).</summary>
    public JsonObject View { get; }

    /// <summary>The object as it goes over the wire, UTF-8.</summary>
    public byte[] Json { get; }

    public string Name => View.Name();

    public string? Namespace => View.Namespace();

    public string Uid => View.Uid();

    /// <summary>A copy that the caller owns.</summary>
    public JsonObject Edit() => View.Copy();

    /// <summary>Takes a value read from etcd; the resourceVersion is not part of it.</summary>
    public static StoredObject FromEtcd(string key, long revision, ReadOnlySpan<byte> value)
    {
        var view = JsonNode.Parse(value) as JsonObject ?? throw new InvalidDataException($"The value of {key} is not a JSON object.");
        view.Ensure("metadata")["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new StoredObject(key, revision, view);
    }

    /// <summary>The same content under a later revision: what a deletion reports.</summary>
    public StoredObject At(long revision)
    {
        var view = Edit();
        view.Ensure("metadata")["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new StoredObject(Key, revision, view);
    }

    /// <summary>The bytes to keep in etcd.</summary>
    public static byte[] ForEtcd(JsonObject value)
    {
        var copy = value.Copy();
        copy.Map("metadata")?.Remove("resourceVersion");
        return JsonSerializer.SerializeToUtf8Bytes(copy);
    }
}
