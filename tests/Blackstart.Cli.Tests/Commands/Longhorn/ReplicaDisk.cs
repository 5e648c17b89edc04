using System.Globalization;

namespace Blackstart.Cli.Tests.Commands.Longhorn;

/// <summary>A Longhorn disk with replica directories of a few blocks, beside the tests, where there is an extent map.</summary>
internal sealed class ReplicaDisk : IDisposable
{
    public const long Size = 4 << 20;
    private const int Block = 4096;
    private static readonly DateTime Noon = new(2026, 4, 1, 12, 0, 0, DateTimeKind.Utc);

    public string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "tmp", Guid.NewGuid().ToString("N"));

    public string this[string replica] => System.IO.Path.Combine(Path, "replicas", replica);

    /// <summary>A head and a snapshot; a block of each is written.</summary>
    public string Add(string name, int minutes, byte headFill = 2, string error = "")
    {
        var directory = this[name];
        Directory.CreateDirectory(directory);
        File.WriteAllText(System.IO.Path.Combine(Path, "longhorn-disk.cfg"), """{"diskUUID":"5b7e1f6e"}""");
        Write(directory, "volume-snap-daily.img", string.Empty, 0, 1);
        Write(directory, "volume-head-001.img", "volume-snap-daily.img", 1, headFill);
        File.WriteAllText(System.IO.Path.Combine(directory, "volume.meta"), string.Create(CultureInfo.InvariantCulture, $$"""{"Size":{{Size}},"Head":"volume-head-001.img","Dirty":true,"Rebuilding":false,"Error":"{{error}}","Parent":"volume-snap-daily.img","SectorSize":512,"BackingFilePath":""}"""));
        File.SetLastWriteTimeUtc(System.IO.Path.Combine(directory, "volume-head-001.img"), Noon.AddMinutes(minutes));
        File.SetLastWriteTimeUtc(System.IO.Path.Combine(directory, "volume-snap-daily.img"), Noon.AddDays(-1));
        return directory;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static void Write(string directory, string image, string parent, int block, byte fill)
    {
        using (var handle = File.OpenHandle(System.IO.Path.Combine(directory, image), FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(handle, Size);
            RandomAccess.Write(handle, Enumerable.Repeat(fill, Block).ToArray(), block * Block);
        }

        File.WriteAllText(System.IO.Path.Combine(directory, image + ".meta"), $$"""{"Name":"{{image}}","Parent":"{{parent}}","Removed":false,"UserCreated":true,"Created":"2026-03-31T12:00:00Z","Labels":null}""");
    }
}
