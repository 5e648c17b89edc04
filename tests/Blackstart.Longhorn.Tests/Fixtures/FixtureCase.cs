using System.Text.Json;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Fixtures;

/// <summary>The recorded replica directories that a real engine wrote, if they are at hand.</summary>
internal static class FixtureCase
{
    internal const string Absent = "(none at hand)";
    private static readonly string? Folder = SharedFolder.Find("fixtures/longhorn");

    internal static IEnumerable<string> Names() => Folder is null ? [Absent] : Read().Select(found => found.GetProperty("name").GetString()!);

    internal static JsonElement Get(string name) => Read().Single(found => found.GetProperty("name").GetString() == name);

    internal static async Task UnpackAsync(JsonElement found, string folder)
    {
        await Tool.RunAsync("tar", "-C", folder, "-xzSpf", Path.Combine(Folder!, found.GetProperty("archive").GetString()!));

        // What tar wrote gets its blocks when it is written back; that must not happen between two looks.
        await Tool.RunAsync("sync", "-f", folder);
        if (!found.TryGetProperty("postExtract", out var commands))
        {
            return;
        }

        foreach (var command in commands.EnumerateArray())
        {
            string[] words = command.ValueKind == JsonValueKind.String
                ? command.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                : [.. command.EnumerateArray().Select(word => word.GetString()!)];
            await Tool.RunAsync(words[0], [.. words[1..^1], Path.Combine(folder, words[^1])]);
        }
    }

    private static IEnumerable<JsonElement> Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, "cases.json")));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(found => found.Clone())];
    }
}
