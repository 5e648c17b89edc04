using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Bench.Images;

/// <summary>
/// A replica directory in Longhorn's on-disk format whose volume is spread over layers in many short runs, as years of snapshots leave
/// it: to read the volume in order is to jump between the layers' files.
/// </summary>
internal static class SyntheticReplica
{
    private const int Layers = 5;
    private const int PoolSize = 64 << 20;

    /// <summary>Of ten windows of the volume, how many hold data.</summary>
    private const int DataInTen = 6;

    // Runs are multiples of the block size of layers, 4096 bytes (longhorn-engine, pkg/replica/diff_disk.go). A volume of 4 GiB ends up
    // with about 76,000 of them.
    private const int Window = 32 << 10;

    /// <summary>Writes the replica and flushes it to the disk.</summary>
    /// <param name="directory">The directory to make; its name must be <c>volume-xxxxxxxx</c>.</param>
    /// <param name="size">Size of the volume in bytes.</param>
    /// <param name="cancellationToken">Stops halfway.</param>
    /// <returns>Bytes of data in the merged volume.</returns>
    public static long Write(string directory, long size, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var names = Enumerable.Range(0, Layers).Select(n => n == Layers - 1 ? "volume-head-001.img" : string.Create(CultureInfo.InvariantCulture, $"volume-snap-bench-{n}.img")).ToArray();
        var files = names.Select(name => File.OpenHandle(Path.Combine(directory, name), FileMode.CreateNew, FileAccess.Write)).ToArray();
        try
        {
            foreach (var file in files)
            {
                RandomAccess.SetLength(file, size);
            }

            var data = Fill(files, size, cancellationToken);
            foreach (var file in files)
            {
                RandomAccess.FlushToDisk(file);
            }

            WriteMetadata(directory, names, size);
            return data;
        }
        finally
        {
            foreach (var file in files)
            {
                file.Dispose();
            }
        }
    }

    private static long Fill(SafeFileHandle[] files, long size, CancellationToken cancellationToken)
    {
        // The same runs and the same bytes each time; bytes that no disk compresses away. Layer after layer, as they come to be, so that
        // each lies on the disk in one piece and to read the volume in order is to jump between them.
        var pool = new byte[PoolSize];
        new Random(20250420).NextBytes(pool);
        var content = new Random(7);
        long data = 0;
        for (var layer = 0; layer < Layers; layer++)
        {
            var layout = new Random(42);
            for (long offset = 0; offset < size; offset += Window)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var owner = layout.Next(10) < DataInTen ? layout.Next(Layers) : -1;
                var isOverwritten = layout.Next(16) == 0;
                data += owner == layer ? Window : 0;
                if (owner == layer)
                {
                    RandomAccess.Write(files[layer], pool.AsSpan(content.Next(PoolSize - Window), Window), offset);
                }

                if (owner >= 0 && owner != Layers - 1 && isOverwritten && layer == Layers - 1)
                {
                    // Overwritten in part later on: the topmost layer wins.
                    RandomAccess.Write(files[layer], pool.AsSpan(0, Window / 4), offset + (Window / 2));
                }
            }

            RandomAccess.FlushToDisk(files[layer]);
        }

        return data;
    }

    private static void WriteMetadata(string directory, string[] names, long size)
    {
        for (var n = 0; n < names.Length; n++)
        {
            Save(Path.Combine(directory, names[n] + ".meta"), new JsonObject
            {
                ["Name"] = names[n],
                ["Parent"] = n == 0 ? "" : names[n - 1],
                ["Removed"] = false,
                ["UserCreated"] = n < names.Length - 1,
                ["Created"] = "2025-04-20T03:00:00Z",
                ["Labels"] = null,
            });
        }

        Save(Path.Combine(directory, "volume.meta"), new JsonObject
        {
            ["Size"] = size,
            ["Head"] = names[^1],
            ["Dirty"] = true,
            ["Rebuilding"] = false,
            ["Error"] = "",
            ["Parent"] = names[^2],
            ["SectorSize"] = 512,
            ["BackingFilePath"] = "",
            ["Encrypted"] = false,
        });
    }

    private static void Save(string path, JsonObject content) => File.WriteAllText(path, content.ToJsonString() + "\n");
}
