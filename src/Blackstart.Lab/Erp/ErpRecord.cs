using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Blackstart.Lab.Erp;

/// <summary>A business record: numbered without gaps, dated, and told by its digest.</summary>
/// <param name="Number">From 1, each one more than the one before.</param>
/// <param name="Time">When it was written, milliseconds since 1970 (UTC).</param>
/// <param name="Payload">The business itself, JSON, at most <see cref="LongestPayload"/> bytes of UTF-8.</param>
internal sealed record ErpRecord(long Number, long Time, string Payload)
{
    /// <summary>Bytes of a journal slot that the digest covers: mark, number, time, length, payload, zeros.</summary>
    public const int BodyLength = 480;

    public const int LongestPayload = BodyLength - PayloadOffset;

    private const int PayloadOffset = 22;

    private static ReadOnlySpan<byte> Mark => "BREC"u8;

    /// <summary>SHA-256 of <see cref="Body"/>, the same wherever the record is kept; lower-case hex.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(Body()));

    /// <summary>The record as it stands in a journal slot, before the digest.</summary>
    public byte[] Body()
    {
        var body = new byte[BodyLength];
        Mark.CopyTo(body);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(4), Number);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(12), Time);
        var length = Encoding.UTF8.GetBytes(Payload, body.AsSpan(PayloadOffset));
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(20), (ushort)length);
        return body;
    }

    /// <summary>Reads a body back; null when it is none.</summary>
    public static ErpRecord? Parse(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Mark))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(body[20..]);
        return length > LongestPayload
            ? null
            : new ErpRecord(
                BinaryPrimitives.ReadInt64LittleEndian(body[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(body[12..]),
                Encoding.UTF8.GetString(body.Slice(PayloadOffset, length)));
    }

    /// <summary>An invented order of that number.</summary>
    public static ErpRecord Invent(long number, DateTimeOffset now)
    {
        string[] customers = ["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan", "Willow"];
        var customer = customers[(int)(number % customers.Length)];
        var amount = (number * 7919) % 100_000;
        return new ErpRecord(
            number,
            now.ToUnixTimeMilliseconds(),
            string.Create(CultureInfo.InvariantCulture, $$"""{"order":"SO-{{number:D8}}","customer":"{{customer}} GmbH","amount":"{{amount / 100}}.{{amount % 100:D2}} EUR"}"""));
    }
}
