using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Longhorn.Tests.Support;

/// <summary>Makes a replica directory as the engine leaves it, to be damaged by a test.</summary>
internal sealed class ReplicaBuilder
{
    internal const int Block = 4096;

    internal ReplicaBuilder(TestFolder folder, string volume = "pvc-test", string suffix = "0123abcd", string disk = "disk", long size = 4 << 20)
    {
        Disk = folder[disk];
        Path = System.IO.Path.Combine(Disk, "replicas", $"{volume}-{suffix}");
        Size = size;
        Directory.CreateDirectory(Path);
        File.WriteAllText(System.IO.Path.Combine(Disk, "longhorn-disk.cfg"), """{"diskName":"disk-1","diskUUID":"5b7e1f6e-4a6f-4f8e-9d5c-0d6f0c6f0a11"}""");
    }

    /// <summary>Another replica on the same disk.</summary>
    internal ReplicaBuilder(ReplicaBuilder neighbour, string suffix, long size)
    {
        Disk = neighbour.Disk;
        Path = System.IO.Path.Combine(Disk, "replicas", $"pvc-test-{suffix}");
        Size = size;
        Directory.CreateDirectory(Path);
    }

    internal string Disk { get; }

    internal string Path { get; }

    internal long Size { get; }

    internal List<string> Chain { get; } = [];

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Names of a chain of so many layers, head first.</summary>
    internal static string[] Names(int layers) => [.. Enumerable.Range(0, layers).Select(i => i == 0 ? "volume-head-000.img" : $"volume-snap-s{layers - i}.img")];

    /// <summary>Lays down layers, head first; each is a set of blocks and the byte that fills them.</summary>
    internal ReplicaBuilder WithLayers(params (long Block, byte Fill)[][] layers)
    {
        var names = Names(layers.Length);
        for (var i = 0; i < layers.Length; i++)
        {
            WriteImage(names[i], Size, layers[i]);
            WriteLayerMetadata(names[i], i + 1 < names.Length ? names[i + 1] : string.Empty);
        }

        Chain.AddRange(names);
        return WithVolumeMetadata();
    }

    internal ReplicaBuilder WithVolumeMetadata(Action<JsonObject>? change = null)
    {
        var metadata = new JsonObject
        {
            [nameof(Size)] = Size,
            ["Head"] = Chain.Count > 0 ? Chain[0] : "volume-head-000.img",
            ["Dirty"] = true,
            ["Rebuilding"] = false,
            ["Error"] = string.Empty,
            ["Parent"] = Chain.Count > 1 ? Chain[1] : string.Empty,
            ["SectorSize"] = 512,
            ["BackingFilePath"] = string.Empty,
        };
        change?.Invoke(metadata);
        File.WriteAllText(this["volume.meta"], metadata.ToJsonString());
        return this;
    }

    internal ReplicaBuilder WithCounter(long value)
    {
        var content = new byte[Block];
        System.Text.Encoding.ASCII.GetBytes(value.ToString(System.Globalization.CultureInfo.InvariantCulture), content);
        File.WriteAllBytes(this["revision.counter"], content);
        return this;
    }

    internal void WriteLayerMetadata(string image, string parent) =>
        File.WriteAllText(this[image + ".meta"], JsonSerializer.Serialize(new { Name = "volume-head-000.img", Parent = parent, Removed = false, UserCreated = true, Created = "2026-01-02T03:04:05Z", Labels = (object?)null }));

    internal void WriteImage(string name, long length, params (long Block, byte Fill)[] blocks)
    {
        using var handle = File.OpenHandle(this[name], FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.SetLength(handle, length);
        foreach (var (block, fill) in blocks)
        {
            RandomAccess.Write(handle, Enumerable.Repeat(fill, Block).ToArray(), block * Block);
        }
    }
}
