using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>File names of a replica directory, and its metadata files: written beside, then renamed into place.</summary>
internal static class ReplicaFiles
{
    public const string VolumeMeta = "volume.meta";
    public const string RevisionCounter = "revision.counter";
    public const string HeadPrefix = "volume-head-";
    public const string SnapshotPrefix = "volume-snap-";
    public const string ImageSuffix = ".img";
    public const string MetaSuffix = ".meta";

    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNameCaseInsensitive = true,
    };

    /// <summary>
    /// The name after this one: the engine looks at the last digit only, so 009 is followed by 010, and 010 by 001.
    /// </summary>
    public static string NextHead(string head)
    {
        var digit = head[^(ImageSuffix.Length + 1)] - '0';
        return Head(digit + 1);
    }

    public static string Head(int number) => string.Create(CultureInfo.InvariantCulture, $"{HeadPrefix}{number:000}{ImageSuffix}");

    public static string Snapshot(string name) => $"{SnapshotPrefix}{name}{ImageSuffix}";

    /// <summary>Reads a metadata file.</summary>
    /// <exception cref="InvalidDataException">The file is no such JSON.</exception>
    public static T Read<T>(string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json) ?? throw new InvalidDataException($"{path} holds null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not the JSON it should be: {exception.Message}", exception);
        }
    }

    /// <summary>Replaces a metadata file whole: after a crash it is the old one or the new one.</summary>
    public static void Write<T>(string path, T value)
    {
        var temporary = path + ".tmp";
        byte[] content = [.. JsonSerializer.SerializeToUtf8Bytes(value, Json), (byte)'\n'];
        using (SafeFileHandle handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
