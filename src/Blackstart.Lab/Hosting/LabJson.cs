using System.Text.Json;

namespace Blackstart.Lab.Hosting;

/// <summary>How the lab's own files are written.</summary>
internal static class LabJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>One object on one line.</summary>
    public static readonly JsonSerializerOptions Line = new(JsonSerializerDefaults.Web);

    /// <summary>Writes a file that is either the old one or the new one, never a part.</summary>
    public static async Task WriteAsync<T>(string path, T value, CancellationToken cancellationToken)
    {
        var partial = path + ".partial";
        await File.WriteAllTextAsync(partial, JsonSerializer.Serialize(value, Options) + "\n", cancellationToken);
        File.Move(partial, path, overwrite: true);
    }
}
