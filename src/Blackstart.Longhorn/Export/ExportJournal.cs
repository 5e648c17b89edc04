using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Export;

/// <summary>How far an unfinished image has come and what it is made from: <c>NAME.partial.json</c>, replaced by renaming, so that it is whole whenever a kill comes.</summary>
/// <param name="Source">Lines of <see cref="ExportSource"/>.</param>
/// <param name="Size">Size of the image in bytes.</param>
/// <param name="Inode">Inode number of the unfinished image.</param>
/// <param name="Written">Bytes from the start that were written.</param>
internal sealed record ExportJournal(IReadOnlyList<string> Source, long Size, ulong Inode, long Written)
{
    private const int LargestLength = 1 << 20;

    /// <summary>Reads a journal; null if there is none or it is not one.</summary>
    internal static ExportJournal? Read(string path)
    {
        if (ReadOnlyDirectory.StatusOf(path) is not { Kind: FileKind.Regular, Length: > 0 and <= LargestLength })
        {
            return null;
        }

        try
        {
            var json = JsonNode.Parse(File.ReadAllText(path))!;
            return new ExportJournal(
                [.. json["source"]!.AsArray().Select(line => line!.GetValue<string>())],
                json["size"]!.GetValue<long>(),
                json["inode"]!.GetValue<ulong>(),
                json["written"]!.GetValue<long>());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            return null;
        }
    }

    internal void Write(string path)
    {
        var json = new JsonObject
        {
            ["schemaVersion"] = 1,
            ["source"] = new JsonArray([.. Source.Select(line => (JsonNode)line)]),
            ["size"] = Size,
            ["inode"] = Inode,
            ["written"] = Written,
        };
        var next = path + ".tmp";
        File.Delete(next);
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString() + "\n"));
        }

        File.Move(next, path, overwrite: true);
    }

    internal static void Remove(string path)
    {
        File.Delete(path);
        File.Delete(path + ".tmp");
    }
}
