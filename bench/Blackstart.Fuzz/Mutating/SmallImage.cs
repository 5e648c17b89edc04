using System.Buffers.Binary;
using System.IO.Compression;

namespace Blackstart.Fuzz.Mutating;

/// <summary>A small qcow2 image with everything in it that the reader knows: plain, zero and compressed clusters.</summary>
internal static class SmallImage
{
    internal const int VirtualSize = 256 << 10;
    private const int ClusterBits = 12;
    private const int Cluster = 1 << ClusterBits;
    private const int LevelOne = Cluster;
    private const int LevelTwo = 2 * Cluster;
    private const int Data = 3 * Cluster;

    internal static byte[] Make()
    {
        var content = new byte[8 * Cluster];
        Word(content, 0, 0x514649FB);
        Word(content, 4, 3);
        Word(content, 20, ClusterBits);
        Long(content, 24, VirtualSize);
        Word(content, 36, 1);
        Long(content, 40, LevelOne);
        Word(content, 100, 112);
        Long(content, LevelOne, (1UL << 63) | LevelTwo);
        for (var i = 0; i < 4; i++)
        {
            Long(content, LevelTwo + (i * 16), (1UL << 63) | (uint)(Data + (i * Cluster)));
            content.AsSpan(Data + (i * Cluster), Cluster).Fill((byte)(i + 1));
        }

        Long(content, LevelTwo + 8, 1);
        var packed = Deflate(Enumerable.Repeat((byte)7, Cluster).ToArray());
        packed.CopyTo(content, Data + (4 * Cluster));
        Long(content, LevelTwo + 24, (1UL << 62) | (Data + (4 * Cluster)));
        return content;
    }

    private static byte[] Deflate(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, CompressionLevel.Optimal))
        {
            stream.Write(content);
        }

        return packed.ToArray();
    }

    private static void Word(byte[] content, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(offset), value);

    private static void Long(byte[] content, int offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(offset), value);
}
