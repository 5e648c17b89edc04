using System.Buffers.Binary;

namespace Blackstart.Longhorn.Replicas;

/// <summary>
/// CRC-64/GO-ISO: polynomial x⁶⁴+x⁴+x³+x+1, reflected, start and end inverted; check value of "123456789" b90956c775a41001.
/// Runs of zeros of any length cost next to nothing.
/// </summary>
internal sealed class Crc64
{
    private const ulong Polynomial = 0xD800000000000000;
    private static readonly ulong[] Tables = MakeTables();
    private ulong _register = ulong.MaxValue;

    internal ulong Value => ~_register;

    internal void Append(ReadOnlySpan<byte> data)
    {
        var crc = _register;
        var tables = Tables;
        while (data.Length >= 8)
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(data);
            crc = tables[(7 * 256) + (int)(crc & 0xFF)]
                ^ tables[(6 * 256) + (int)((crc >> 8) & 0xFF)]
                ^ tables[(5 * 256) + (int)((crc >> 16) & 0xFF)]
                ^ tables[(4 * 256) + (int)((crc >> 24) & 0xFF)]
                ^ tables[(3 * 256) + (int)((crc >> 32) & 0xFF)]
                ^ tables[(2 * 256) + (int)((crc >> 40) & 0xFF)]
                ^ tables[256 + (int)((crc >> 48) & 0xFF)]
                ^ tables[(int)(crc >> 56)];
            data = data[8..];
        }

        foreach (var value in data)
        {
            crc = tables[(int)((crc ^ value) & 0xFF)] ^ (crc >> 8);
        }

        _register = crc;
    }

    /// <summary>Appends zeros by squaring the linear map of one zero byte.</summary>
    internal void AppendZeros(long count)
    {
        Span<ulong> map = stackalloc ulong[64];
        Span<ulong> square = stackalloc ulong[64];
        for (var bit = 0; bit < 64; bit++)
        {
            var column = 1UL << bit;
            map[bit] = Tables[(int)(column & 0xFF)] ^ (column >> 8);
        }

        for (var rest = count; rest > 0; rest >>= 1)
        {
            if ((rest & 1) != 0)
            {
                _register = Multiply(map, _register);
            }

            for (var bit = 0; bit < 64; bit++)
            {
                square[bit] = Multiply(map, map[bit]);
            }

            square.CopyTo(map);
        }
    }

    private static ulong Multiply(ReadOnlySpan<ulong> map, ulong vector)
    {
        var product = 0UL;
        for (var bit = 0; vector != 0; bit++, vector >>= 1)
        {
            if ((vector & 1) != 0)
            {
                product ^= map[bit];
            }
        }

        return product;
    }

    private static ulong[] MakeTables()
    {
        var tables = new ulong[8 * 256];
        for (var i = 0; i < 256; i++)
        {
            var crc = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }

            tables[i] = crc;
        }

        for (var i = 256; i < tables.Length; i++)
        {
            tables[i] = tables[(int)(tables[i - 256] & 0xFF)] ^ (tables[i - 256] >> 8);
        }

        return tables;
    }
}
