using System.Buffers.Binary;
using System.Text;

namespace Blackstart.Fuzz.Mutating;

/// <summary>Damages the bytes of a small file: flips, cuts, splices, numbers at the edges, and words that mean something.</summary>
internal static class ByteMutator
{
    private const int Longest = 1 << 16;

    private static readonly ulong[] Edges =
    [
        0, 1, 2, 511, 512, 4095, 4096, 65535, 65536, 1UL << 20, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 40, 1UL << 55, 1UL << 56, (1UL << 61) - 512, 1UL << 61,
        1UL << 62, (1UL << 62) | 512, 1UL << 63, (1UL << 63) | 4096, long.MaxValue, long.MaxValue - 511, ulong.MaxValue, ulong.MaxValue - 511,
    ];

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\"Size\":", "\"Head\":", "\"Parent\":", "\"Rebuilding\":true", "\"Dirty\":", "\"Error\":\"x\"", "\"BackingFilePath\":", "\"BackingFileName\":", "\"Removed\":true", "\"Created\":", "\"SectorSize\":",
            "\"Labels\":{}", "null", "true", "false", "{}", "[]", "{", "}", "[", "]", "\"", ",", ":", "\\u0000", "\\ud800", "\\u001b[31m", "\u202e", "\"../../etc/passwd\"", "\"/etc/passwd\"", "-", "0", "1e999", "1e3", "0.5",
            "-1", "512", "4096", "1048576", "2097152", "9223372036854775807", "9223372036854775296", "9223372036854775808", "18446744073709551616", "4611686018427387904", "volume-head-000.img", "volume-head-001.img",
            "volume-snap-s1.img", "volume-snap-s2.img", "volume-snap-.img", "volume-head-999999999999999999999.img", ".meta", "/backing-images/", "/backing", "/host", "..", "/", "\0", "\r\n", "crc64", "\"silently_corrupted\":true",
            "0000000000000000", "2026-01-02 03:04:05.123456789 +0000 UTC", "QFI\u00fb", "base-1a2b3c4d",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xFE, 0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xEF, 0xBB, 0xBF],
    ];

    internal static byte[] Mutate(byte[] content, IReadOnlyList<byte[]> others, Random random)
    {
        for (var times = 1 << random.Next(4); times > 0; times--)
        {
            content = Once(content, others, random);
        }

        return content.Length <= Longest * 2 ? content : content[..(Longest * 2)];
    }

    private static byte[] Once(byte[] content, IReadOnlyList<byte[]> others, Random random)
    {
        var at = random.Next(content.Length + 1);
        var until = Math.Min(content.Length, at + random.Next(1, random.Next(4) == 0 ? 4096 : 16));
        switch (random.Next(11))
        {
            case 0:
                return content[..at];
            case 1:
                return [.. content[..at], .. content[until..]];
            case 2:
                return [.. content[..until], .. content[at..]];
            case 3:
                return [.. content[..at], .. Words[random.Next(Words.Length)], .. content[at..]];
            case 4:
                return [.. content[..at], .. Words[random.Next(Words.Length)], .. content[until..]];
            case 5:
                var other = others[random.Next(others.Count)];
                return [.. content[..at], .. other[random.Next(other.Length + 1)..]];
            case 6 when content.Length >= 8:
                var big = (byte[])content.Clone();
                var edge = Edges[random.Next(Edges.Length)];
                var place = Math.Min(at, content.Length - 8) & ~3;
                if (random.Next(2) == 0)
                {
                    BinaryPrimitives.WriteUInt64BigEndian(big.AsSpan(place), edge);
                }
                else
                {
                    BinaryPrimitives.WriteUInt32BigEndian(big.AsSpan(place), (uint)edge);
                }

                return big;
            case 7:
                return Filled(content, at, until, (byte)random.Next(256));
            case 8 when content.Length <= Longest:
                return [.. content, .. new byte[random.Next(Longest)]];
            default:
                return Flipped(content, random);
        }
    }

    private static byte[] Filled(byte[] content, int at, int until, byte with)
    {
        var filled = (byte[])content.Clone();
        filled.AsSpan(at, until - at).Fill(with);
        return filled;
    }

    private static byte[] Flipped(byte[] content, Random random)
    {
        if (content.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        // The first bytes are headers, which are worth more than the rest.
        var flipped = (byte[])content.Clone();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            flipped[random.Next(random.Next(2) == 0 ? Math.Min(128, flipped.Length) : flipped.Length)] ^= (byte)(1 << random.Next(8));
        }

        return flipped;
    }
}
