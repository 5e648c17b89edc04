using Blackstart.Lab.Erp;

namespace Blackstart.Lab.Tests.Erp;

/// <summary>Journals with records in them.</summary>
internal static class ErpBook
{
    public static async Task<(RecordJournal Journal, IReadOnlyList<ErpRecord> Records)> WriteAsync(MemoryDevice device, Guid ledger, int count)
    {
        var cancel = TestContext.Current.CancellationToken;
        await RecordJournal.FormatAsync(device, ledger, cancel);
        var journal = await RecordJournal.OpenAsync(device, cancel);
        var records = Records(count);
        foreach (var record in records)
        {
            await journal.WriteAsync(record, cancel);
        }

        return (journal, records);
    }

    public static IReadOnlyList<ErpRecord> Records(int count) =>
        [.. Enumerable.Range(1, count).Select(number => ErpRecord.Invent(number, DateTimeOffset.UnixEpoch.AddSeconds(number)))];

    public static IReadOnlyList<Receipt> Receipts(IEnumerable<ErpRecord> records) =>
        [.. records.Select(record => new Receipt(record.Number, record.Digest(), record.Time))];
}
