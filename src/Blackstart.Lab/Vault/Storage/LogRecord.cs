using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Blackstart.Lab.Vault.Storage;

/// <summary>
/// One batch of changes in the log. Little-endian: magic (4), payload length (4), epoch (16), sequence (8), SHA-256 (32) of
/// the header before it and the payload; then the payload, padded to a multiple of 512 bytes. Payload: for each change the
/// name's length (2) and bytes, the value's length (4, −1 for a removal) and bytes.
/// </summary>
internal sealed record LogRecord(long Sequence, IReadOnlyList<StorageChange> Changes)
{
    /// <summary>Records begin on a multiple of this many bytes.</summary>
    public const int Alignment = 512;

    /// <summary>The most a record's payload may hold, in bytes.</summary>
    public const int MaximumPayload = 4 * 1024 * 1024;

    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = 64;

    private const uint Magic = 0x4356_5342;

    /// <summary>The record as it is written, padding included.</summary>
    public byte[] ToBytes(Guid epoch)
    {
        using var payload = new MemoryStream();
        using (var writer = new BinaryWriter(payload, Encoding.UTF8, leaveOpen: true))
        {
            foreach (var change in Changes)
            {
                var name = Encoding.UTF8.GetBytes(change.Name);
                writer.Write(checked((ushort)name.Length));
                writer.Write(name);
                writer.Write(change.Value?.Length ?? -1);
                writer.Write(change.Value ?? []);
            }
        }

        var length = checked((int)payload.Length);
        if (length > MaximumPayload)
        {
            throw new VaultStorageException($"A write of {length} bytes is larger than the {MaximumPayload} a record may hold.");
        }

        var bytes = new byte[(HeaderLength + length + Alignment - 1) / Alignment * Alignment];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), length);
        epoch.TryWriteBytes(bytes.AsSpan(8));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Sequence);
        payload.GetBuffer().AsSpan(0, length).CopyTo(bytes.AsSpan(HeaderLength));
        Digest(bytes, length, bytes.AsSpan(32, 32));
        return bytes;
    }

    /// <summary>How many bytes a record takes whose header stands at the start of the span; 0 when there is none of this epoch.</summary>
    public static int LengthAt(ReadOnlySpan<byte> header, Guid epoch)
    {
        if (header.Length < HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic || new Guid(header.Slice(8, 16)) != epoch)
        {
            return 0;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        return length is >= 0 and <= MaximumPayload ? (HeaderLength + length + Alignment - 1) / Alignment * Alignment : 0;
    }

    /// <summary>Reads the record at the start of the span; null when its checksum or shape is wrong.</summary>
    public static LogRecord? Read(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        Span<byte> digest = stackalloc byte[32];
        Digest(bytes, length, digest);
        if (!digest.SequenceEqual(bytes.Slice(32, 32)))
        {
            return null;
        }

        var changes = new List<StorageChange>();
        var rest = bytes.Slice(HeaderLength, length);
        while (!rest.IsEmpty)
        {
            var name = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var text = Encoding.UTF8.GetString(rest.Slice(2, name));
            rest = rest[(2 + name)..];
            var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
            rest = rest[4..];
            changes.Add(new StorageChange(text, value < 0 ? null : rest[..value].ToArray()));
            rest = rest[Math.Max(value, 0)..];
        }

        return new LogRecord(BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]), changes);
    }

    private static void Digest(ReadOnlySpan<byte> bytes, int length, Span<byte> digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes[..32]);
        hash.AppendData(bytes.Slice(HeaderLength, length));
        hash.GetHashAndReset(digest);
    }
}
