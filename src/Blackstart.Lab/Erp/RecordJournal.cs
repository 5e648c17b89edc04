using System.Buffers.Binary;
using System.Security.Cryptography;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Lab.Erp;

/// <summary>
/// The ERP's journal on its raw volume. Block 0 (4096 bytes) is the header: mark, ledger id, number of slots, SHA-256. After
/// it come slots of 512 bytes: 480 bytes of record, 32 bytes of its SHA-256. Record N lies in slot (N - 1) modulo the number
/// of slots: the journal holds the newest records, as many as there are slots.
/// </summary>
internal sealed class RecordJournal
{
    public const int SlotLength = 512;
    public const int HeaderLength = 4096;

    private const int ChunkLength = 1024 * 1024;
    private const int CountOffset = 32;
    private const int DigestOffset = HeaderLength - SHA256.HashSizeInBytes;

    private readonly IBlockDevice _device;

    private RecordJournal(IBlockDevice device, Guid ledger, long slots)
    {
        _device = device;
        Ledger = ledger;
        Slots = slots;
    }

    private static ReadOnlySpan<byte> Mark => "BLACKSTART-ERP-1"u8;

    /// <summary>Identifies the books; the database holds the same id.</summary>
    public Guid Ledger { get; }

    public long Slots { get; }

    /// <summary>Writes the header of an empty journal. Only provisioning does that: the ERP itself never formats a volume.</summary>
    public static async Task FormatAsync(IBlockDevice device, Guid ledger, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderLength];
        Mark.CopyTo(header);
        ledger.TryWriteBytes(header.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(CountOffset), (device.Size - HeaderLength) / SlotLength);
        SHA256.HashData(header.AsSpan(0, DigestOffset), header.AsSpan(DigestOffset));
        await device.WriteAsync(0, header, cancellationToken);
        await device.FlushAsync(cancellationToken);
    }

    /// <summary>Opens a journal.</summary>
    /// <exception cref="ErpRefusedException">The volume is blank, or holds something else.</exception>
    public static async Task<RecordJournal> OpenAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        if (device.Size < HeaderLength + SlotLength)
        {
            throw new ErpRefusedException("the volume is too small for a journal");
        }

        var header = new byte[HeaderLength];
        await device.ReadAsync(0, header, cancellationToken);
        if (!header.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw new ErpRefusedException("the volume is blank: it holds no journal. It is not formatted here, because a blank volume in the place of a full one is how data gets lost");
        }

        if (!header.AsSpan().StartsWith(Mark))
        {
            throw new ErpRefusedException("the volume holds something else than the ERP's journal");
        }

        if (!SHA256.HashData(header.AsSpan(0, DigestOffset)).AsSpan().SequenceEqual(header.AsSpan(DigestOffset)))
        {
            throw new ErpRefusedException("the journal's header is damaged");
        }

        var slots = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(CountOffset));
        return new RecordJournal(device, new Guid(header.AsSpan(16, 16)), Math.Min(slots, (device.Size - HeaderLength) / SlotLength));
    }

    /// <summary>Where a record lies, in bytes from the start of the volume.</summary>
    public long OffsetOf(long number) => HeaderLength + ((number - 1) % Slots * SlotLength);

    /// <summary>Writes a record and returns when it is on stable storage.</summary>
    public async Task WriteAsync(ErpRecord record, CancellationToken cancellationToken)
    {
        var slot = new byte[SlotLength];
        record.Body().CopyTo(slot, 0);
        SHA256.HashData(slot.AsSpan(0, ErpRecord.BodyLength), slot.AsSpan(ErpRecord.BodyLength));
        await _device.WriteAsync(OffsetOf(record.Number), slot, cancellationToken);
        await _device.FlushAsync(cancellationToken);
    }

    /// <summary>Reads the slot a record belongs into; it may hold another one, or none.</summary>
    public async Task<JournalSlot> ReadAsync(long number, CancellationToken cancellationToken)
    {
        var slot = new byte[SlotLength];
        await _device.ReadAsync(OffsetOf(number), slot, cancellationToken);
        return Judge(slot);
    }

    /// <summary>Reads every slot.</summary>
    public async Task<JournalScan> ScanAsync(CancellationToken cancellationToken)
    {
        var slots = new JournalSlot[Slots];
        var buffer = new byte[ChunkLength];
        for (long first = 0; first < Slots; first += ChunkLength / SlotLength)
        {
            var count = (int)Math.Min(ChunkLength / SlotLength, Slots - first);
            var chunk = buffer.AsMemory(0, count * SlotLength);
            await _device.ReadAsync(HeaderLength + (first * SlotLength), chunk, cancellationToken);
            for (var i = 0; i < count; i++)
            {
                slots[first + i] = Judge(chunk.Span.Slice(i * SlotLength, SlotLength));
            }
        }

        return new JournalScan(slots);
    }

    private static JournalSlot Judge(ReadOnlySpan<byte> slot)
    {
        if (!slot.ContainsAnyExcept((byte)0))
        {
            return new JournalSlot(SlotContent.Blank, null);
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(slot[..ErpRecord.BodyLength], digest);
        return digest.SequenceEqual(slot[ErpRecord.BodyLength..]) && ErpRecord.Parse(slot[..ErpRecord.BodyLength]) is { } record
            ? new JournalSlot(SlotContent.Valid, record)
            : new JournalSlot(SlotContent.Damaged, null);
    }
}
