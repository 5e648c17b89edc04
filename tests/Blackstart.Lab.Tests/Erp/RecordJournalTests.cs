using Blackstart.Lab.Erp;

namespace Blackstart.Lab.Tests.Erp;

public sealed class RecordJournalTests
{
    private static readonly Guid Ledger = Guid.Parse("0b0f6d0e-8a53-4c8e-9f0c-2d8b6d5c4a11");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_blank_volume_is_refused_and_stays_blank()
    {
        var device = new MemoryDevice(1 << 20);

        (await Should.ThrowAsync<ErpRefusedException>(() => RecordJournal.OpenAsync(device, Cancel))).Message.ShouldContain("blank");

        device.Bytes.ShouldAllBe(value => value == 0);
    }

    [Fact]
    public async Task A_volume_with_something_else_is_refused()
    {
        var device = new MemoryDevice(1 << 20);
        device.Bytes[1080] = 0x53;
        device.Bytes[1081] = 0xEF;

        (await Should.ThrowAsync<ErpRefusedException>(() => RecordJournal.OpenAsync(device, Cancel))).Message.ShouldContain("something else");
    }

    [Fact]
    public async Task A_damaged_header_is_refused()
    {
        var device = new MemoryDevice(1 << 20);
        await RecordJournal.FormatAsync(device, Ledger, Cancel);
        device.Bytes[20] ^= 1;

        (await Should.ThrowAsync<ErpRefusedException>(() => RecordJournal.OpenAsync(device, Cancel))).Message.ShouldContain("damaged");
    }

    [Fact]
    public async Task Records_come_back_as_they_were_written()
    {
        var (journal, records) = await ErpBook.WriteAsync(new MemoryDevice(1 << 20), Ledger, 100);

        var scan = await journal.ScanAsync(Cancel);

        scan.Newest.ShouldBe(records[^1]);
        scan.Gaps().ShouldBeEmpty();
        foreach (var record in records)
        {
            scan.Of(record.Number).Record.ShouldBe(record);
        }
    }

    [Fact]
    public async Task A_full_journal_keeps_the_newest_records()
    {
        var device = new MemoryDevice(RecordJournal.HeaderLength + (10 * RecordJournal.SlotLength));
        var (journal, records) = await ErpBook.WriteAsync(device, Ledger, 25);

        var scan = await journal.ScanAsync(Cancel);

        scan.Newest.ShouldBe(records[^1]);
        scan.Oldest.ShouldBe(16);
        scan.Gaps().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_flipped_byte_leaves_a_gap()
    {
        var device = new MemoryDevice(1 << 20);
        var (journal, _) = await ErpBook.WriteAsync(device, Ledger, 10);
        device.Bytes[journal.OffsetOf(4) + 30] ^= 0x10;

        var scan = await journal.ScanAsync(Cancel);

        scan.Of(4).Content.ShouldBe(SlotContent.Damaged);
        scan.Gaps().ShouldBe([4L]);
    }
}
