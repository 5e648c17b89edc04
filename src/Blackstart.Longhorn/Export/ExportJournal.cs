using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Longhorn.Files;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Export;

/// <summary>How far an unfinished image has come and what it is made from: <c>NAME.partial.json</c>. The mark of how far is a number of fixed width in one page, written over in place: a kill finds it old or new, never half.</summary>
/// <param name="Source">Lines of <see cref="ExportSource"/>.</param>
/// <param name="Size">Size of the image in bytes.</param>
/// <param name="Inode">Inode number of the unfinished image.</param>
/// <param name="Written">Bytes from the start that were written.</param>
internal sealed record ExportJournal(IReadOnlyList<string> Source, long Size, ulong Inode, long Written)
{
    private const int LargestLength = 1 << 20;
    private const string Beginning = "{\"written\":";
    private const int NumberLength = 20;

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

    /// <summary>Makes the journal; the handle is for <see cref="Mark"/>.</summary>
    internal SafeFileHandle Create(string path)
    {
        var rest = new JsonObject
        {
            ["schemaVersion"] = 1,
            ["size"] = Size,
            ["inode"] = Inode,
            ["source"] = new JsonArray([.. Source.Select(line => (JsonNode)line)]),
        };
        var next = path + ".tmp";
        File.Delete(next);
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            file.Write(Encoding.ASCII.GetBytes($"{Beginning}{Number(Written)},"));
            file.Write(Encoding.UTF8.GetBytes(rest.ToJsonString().AsSpan(1).ToString() + "\n"));
        }

        File.Move(next, path, overwrite: true);
        return File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Says how far the image is.</summary>
    internal static void Mark(SafeFileHandle journal, long written) => RandomAccess.Write(journal, Encoding.ASCII.GetBytes(Number(written)), Beginning.Length);

    internal static void Remove(string path)
    {
        File.Delete(path);
        File.Delete(path + ".tmp");
    }

    private static string Number(long written) => written.ToString(CultureInfo.InvariantCulture).PadLeft(NumberLength);
}
