using Blackstart.Lab.Erp;
using Blackstart.Lab.Erp.Acceptance;

namespace Blackstart.Lab.Tests.Erp;

public sealed class ErpAcceptanceTests : IAsyncDisposable
{
    private const int Count = 50;
    private readonly MemoryDevice _device = new(1 << 20);
    private readonly Dictionary<long, ErpRecord> _database = ErpBook.Records(Count).ToDictionary(record => record.Number);
    private IReadOnlyList<Receipt> _receipts = [];

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    [Fact]
    public async Task Intact_books_are_accepted_and_the_newest_record_is_named()
    {
        var report = await CompareAsync(_ => { });

        report.Accepted.ShouldBeTrue();
        (report.Acknowledged, report.Recovered).ShouldBe((Count, Count));
        report.Newest!.Number.ShouldBe(Count);
        report.Newest.Sha256.ShouldBe(_receipts[^1].Sha256);
    }

    [Fact]
    public async Task A_flipped_byte_on_the_volume_is_found()
    {
        var report = await CompareAsync(journal => _device.Bytes[journal.OffsetOf(7) + 40] ^= 1);

        (report.Lost, report.Corrupted).ShouldBe((0, 1));
        report.Details.ShouldBe(["record 7 is damaged on the volume"]);
    }

    [Fact]
    public async Task A_forged_record_on_the_volume_is_found()
    {
        var journal = (await ErpBook.WriteAsync(_device, Guid.NewGuid(), Count)).Journal;
        await journal.WriteAsync(new ErpRecord(7, 0, "{}"), TestContext.Current.CancellationToken);

        (await ReportAsync(journal)).Details.ShouldBe(["record 7 has another digest on the volume"]);
    }

    [Fact]
    public async Task A_changed_row_in_the_database_is_found()
    {
        _database[9] = _database[9] with { Payload = _database[9].Payload.Replace("EUR", "USD", StringComparison.Ordinal) };

        var report = await CompareAsync(_ => { });

        (report.Lost, report.Corrupted).ShouldBe((0, 1));
        report.Details.ShouldBe(["record 9 has another digest in the database"]);
    }

    [Fact]
    public async Task A_missing_row_is_found()
    {
        _database.Remove(Count);

        var report = await CompareAsync(_ => { });

        (report.Lost, report.Corrupted).ShouldBe((1, 0));
        report.Newest!.Number.ShouldBe(Count - 1);
    }

    [Fact]
    public async Task A_missing_slot_is_found()
    {
        var report = await CompareAsync(journal => Array.Clear(_device.Bytes, (int)journal.OffsetOf(3), RecordJournal.SlotLength));

        (report.Lost, report.Corrupted).ShouldBe((1, 0));
        report.Details.ShouldBe(["record 3 is not on the volume"]);
    }

    [Fact]
    public async Task A_stale_volume_is_found()
    {
        var stale = (await ErpBook.WriteAsync(_device, Guid.NewGuid(), 30)).Journal;

        var report = await ReportAsync(stale);

        (report.Recovered, report.Lost).ShouldBe((30, Count - 30));
        report.Newest!.Number.ShouldBe(30);
    }

    [Fact]
    public async Task A_stale_volume_is_found_when_its_slots_were_used_before()
    {
        var small = new MemoryDevice(RecordJournal.HeaderLength + (20 * RecordJournal.SlotLength));
        var stale = (await ErpBook.WriteAsync(small, Guid.NewGuid(), 45)).Journal;

        // Records 31 to 50 belong into the 20 slots; 46 to 50 were never written, 26 to 30 stand in their places.
        (await ReportAsync(stale)).Lost.ShouldBe(5);
    }

    [Fact]
    public async Task Rows_that_the_journal_no_longer_holds_are_compared_with_the_database_alone()
    {
        var small = new MemoryDevice(RecordJournal.HeaderLength + (20 * RecordJournal.SlotLength));
        var journal = (await ErpBook.WriteAsync(small, Guid.NewGuid(), Count)).Journal;
        _database.Remove(2);

        (await ReportAsync(journal)).Details.ShouldBe(["record 2 is not in the database"]);
    }

    [Fact]
    public async Task A_receipt_cut_off_by_a_crash_counts_for_nothing()
    {
        var file = Path.GetTempFileName();
        try
        {
            var cancel = TestContext.Current.CancellationToken;
            var records = ErpBook.Records(3);
            await using (var book = await ReceiptBook.OpenAsync(file, cancel))
            {
                await book.HandOutAsync(records[0], cancel);
            }

            await File.AppendAllTextAsync(file, "{\"number\":2,\"sha", cancel);
            await using (var book = await ReceiptBook.OpenAsync(file, cancel))
            {
                await book.HandOutAsync(records[2], cancel);
            }

            (await ReceiptBook.ReadAsync(file, cancel)).Select(receipt => receipt.Number).ShouldBe([1L, 3L]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<AcceptanceReport> CompareAsync(Action<RecordJournal> harm)
    {
        var (journal, _) = await ErpBook.WriteAsync(_device, Guid.NewGuid(), Count);
        harm(journal);
        return await ReportAsync(journal);
    }

    private async Task<AcceptanceReport> ReportAsync(RecordJournal journal)
    {
        _receipts = ErpBook.Receipts(ErpBook.Records(Count));
        return ErpAcceptance.Compare(_receipts, _database, await journal.ScanAsync(TestContext.Current.CancellationToken), journal.Slots);
    }
}
