using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Blackstart.Cli.Tests.Longhorn;

/// <summary>A replica directory whose layers are preallocated rather than written: they read as zeros and cost no disk traffic, yet what is allocated where is as in a real one.</summary>
internal sealed class SparseReplica
{
    private const int KeepSize = 1;
    private readonly List<string> _layers = [];

    internal SparseReplica(string folder, long size)
    {
        // The project is built on a real file system; /tmp often has no FIEMAP.
        Path = System.IO.Path.Combine(folder, "pvc-big-0123abcd");
        Size = size;
        Directory.CreateDirectory(Path);
    }

    internal string Path { get; }

    internal long Size { get; }

    /// <summary>A folder on the disk that the project is built on.</summary>
    internal static string NewFolder() => Directory.CreateDirectory(System.IO.Path.Combine(AppContext.BaseDirectory, "tmp", Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>Lays a layer on top.</summary>
    internal SparseReplica WithLayer(IEnumerable<(long Offset, long Length)> allocated, byte[]? content = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"volume-snap-s{_layers.Count}.img");
        using var file = File.OpenHandle(System.IO.Path.Combine(Path, name), FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, Size);
        foreach (var (offset, length) in allocated)
        {
            if (content is not null)
            {
                RandomAccess.Write(file, content.AsSpan(0, (int)length), offset);
            }
            else
            {
                Allocate((int)file.DangerousGetHandle(), KeepSize, offset, length).ShouldBe(0);
            }
        }

        _layers.Add(name);
        return this;
    }

    /// <summary>Makes the topmost layer the head and writes the metadata.</summary>
    internal SparseReplica Complete()
    {
        const string head = "volume-head-000.img";
        File.Move(System.IO.Path.Combine(Path, _layers[^1]), System.IO.Path.Combine(Path, head));
        _layers[^1] = head;
        for (var i = 0; i < _layers.Count; i++)
        {
            Save(_layers[i] + ".meta", new JsonObject { ["Name"] = _layers[i], ["Parent"] = i == 0 ? "" : _layers[i - 1], ["Removed"] = false, ["UserCreated"] = true, ["Created"] = "2026-01-02T03:04:05Z" });
        }

        Save("volume.meta", new JsonObject { [nameof(Size)] = Size, ["Head"] = head, ["Dirty"] = true, ["Rebuilding"] = false, ["Parent"] = "", ["SectorSize"] = 512, ["BackingFilePath"] = "" });
        return this;
    }

    private void Save(string name, JsonObject content) => File.WriteAllText(System.IO.Path.Combine(Path, name), content.ToJsonString());

    [DllImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Allocate(int descriptor, int mode, long offset, long length);
}
