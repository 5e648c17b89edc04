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

    /// <summary>Of ten windows of the volume, how many hold data.</summary>
    private const int DataInTen = 6;

    // Runs are multiples of the block size of layers, 4096 bytes (longhorn-engine, pkg/replica/diff_disk.go).
    private const int Window = 64 << 10;

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
        // The same runs and the same bytes each time; bytes that no disk compresses away.
        var random = new Random(20250420);
        var content = new byte[Window];
        long data = 0;
        for (long offset = 0; offset < size; offset += Window)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (random.Next(10) >= DataInTen)
            {
                continue;
            }

            random.NextBytes(content);
            RandomAccess.Write(files[random.Next(Layers)], content, offset);
            data += Window;
            if (random.Next(8) == 0)
            {
                // Overwritten in part later on: the topmost layer wins.
                RandomAccess.Write(files[^1], content.AsSpan(0, Window / 4), offset + (Window / 2));
            }
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
