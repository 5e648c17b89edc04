using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Blackstart.Bench.Scanning;

/// <summary>Disks full of replica directories: two replicas of every volume, each a head and one or two snapshots, the ext4 superblock in the lowest layer.</summary>
internal static class ManyReplicas
{
    private const long Size = 1L << 30;
    private const int Block = 4096;

    /// <summary>Makes so many directories on two disks. The files are sparse: a block or two are allocated in each.</summary>
    public static void Write(string folder, int count, CancellationToken cancellationToken)
    {
        foreach (var disk in new[] { "a", "b" })
        {
            Directory.CreateDirectory(Path.Combine(folder, disk, "replicas"));
            File.WriteAllText(Path.Combine(folder, disk, "longhorn-disk.cfg"), $$"""{"diskName":"{{disk}}","diskUUID":"5b7e1f6e-4a6f-4f8e-9d5c-0d6f0c6f0a1{{disk}}","diskDriver":"","state":""}""");
        }

        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var volume = new Guid(i / 2, 7, 7, [1, 2, 3, 4, 5, 6, 7, 8]);
            var directory = Path.Combine(folder, i % 2 == 0 ? "a" : "b", "replicas", string.Create(CultureInfo.InvariantCulture, $"pvc-{volume}-{i:x8}"));
            Directory.CreateDirectory(directory);
            WriteReplica(directory, volume, 1 + (i / 2 % 2));
        }
    }

    private static void WriteReplica(string directory, Guid volume, int snapshots)
    {
        var names = Enumerable.Range(0, snapshots).Select(n => string.Create(CultureInfo.InvariantCulture, $"volume-snap-{new Guid(n, 1, 1, volume.ToByteArray()[..8])}.img")).Append("volume-head-002.img").ToArray();
        for (var n = 0; n < names.Length; n++)
        {
            using (var image = File.OpenHandle(Path.Combine(directory, names[n]), FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.SetLength(image, Size);
                RandomAccess.Write(image, n == 0 ? Superblock(volume) : Encoding.ASCII.GetBytes(new string('d', Block)), n * (8L << 20));
            }

            File.WriteAllText(Path.Combine(directory, names[n] + ".meta"), $$"""{"Name":"{{names[n]}}","Parent":"{{(n == 0 ? "" : names[n - 1])}}","Removed":false,"UserCreated":true,"Created":"2026-01-02T03:04:05Z","Labels":null}""");
        }

        File.WriteAllText(
            Path.Combine(directory, "volume.meta"),
            string.Create(CultureInfo.InvariantCulture, $$"""{"Size":{{Size}},"Head":"{{names[^1]}}","Dirty":true,"Rebuilding":false,"Error":"","Parent":"{{names[^2]}}","SectorSize":512,"BackingFilePath":"","Encrypted":false}"""));
    }

    /// <summary>The fields by which an ext4 is known (<c>fs/ext4/ext4.h</c>, struct ext4_super_block), at byte 1024.</summary>
    private static byte[] Superblock(Guid volume)
    {
        var block = new byte[Block];
        var super = block.AsSpan(1024);
        BinaryPrimitives.WriteUInt32LittleEndian(super, 65536);
        BinaryPrimitives.WriteUInt32LittleEndian(super[0x10..], 60000);
        BinaryPrimitives.WriteUInt32LittleEndian(super[0x2C..], 1767323045);
        BinaryPrimitives.WriteUInt32LittleEndian(super[0x30..], 1767323045);
        BinaryPrimitives.WriteUInt16LittleEndian(super[0x38..], 0xEF53);
        BinaryPrimitives.WriteUInt32LittleEndian(super[0x60..], 0x2C2);
        volume.TryWriteBytes(super[0x68..], bigEndian: true, out _);
        return block;
    }
}
