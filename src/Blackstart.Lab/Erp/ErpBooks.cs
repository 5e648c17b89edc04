using System.Globalization;

namespace Blackstart.Lab.Erp;

/// <summary>Brings journal and database to the same end before the ERP goes on writing.</summary>
/// <remarks>
/// A record is written to the journal, flushed, inserted, committed, and only then acknowledged; the next one begins after
/// that. So a crash leaves at most one record on one side only, and it is not acknowledged. It is completed from the side
/// that has it: a record whose digest holds is never thrown away. A larger difference is no crash of the ERP but a stale or
/// wrong copy of one side. It is not healed, because that would hide the loss; the ERP refuses.
/// </remarks>
internal static class ErpBooks
{
    /// <summary>Checks both sides and completes the tail.</summary>
    /// <returns>The number of the newest record, 0 when there is none.</returns>
    /// <exception cref="ErpRefusedException">The sides do not belong together, or records are missing or damaged.</exception>
    public static async Task<long> ReconcileAsync(RecordJournal journal, RecordDatabase database, CancellationToken cancellationToken)
    {
        var ledger = await database.LedgerAsync(cancellationToken)
            ?? throw new ErpRefusedException("the database holds no ledger");
        if (ledger != journal.Ledger)
        {
            throw new ErpRefusedException($"the volume belongs to ledger {journal.Ledger}, the database to {ledger}");
        }

        var scan = await journal.ScanAsync(cancellationToken);
        var gaps = scan.Gaps().Take(5).ToList();
        if (gaps.Count > 0)
        {
            throw new ErpRefusedException($"the journal has missing or damaged records: {string.Join(", ", gaps)}, …");
        }

        var (newest, count) = await database.NewestAsync(cancellationToken);
        var there = newest?.Number ?? 0;
        var here = scan.Newest?.Number ?? 0;
        if (count != there)
        {
            throw new ErpRefusedException(string.Create(CultureInfo.InvariantCulture, $"the database ends at record {there} but holds {count} records"));
        }

        if (Math.Abs(here - there) > 1)
        {
            throw new ErpRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"the journal ends at record {here}, the database at record {there}: one of them is a stale copy"));
        }

        await CompareAsync(scan, database, Math.Min(here, there), cancellationToken);
        if (here > there)
        {
            await database.InsertAsync(scan.Newest!, cancellationToken);
            await SayAsync(here, "database");
        }
        else if (there > here)
        {
            await journal.WriteAsync(newest!, cancellationToken);
            await SayAsync(there, "journal");
        }

        return Math.Max(here, there);
    }

    private static async Task CompareAsync(JournalScan scan, RecordDatabase database, long number, CancellationToken cancellationToken)
    {
        if (number > 0 && scan.Of(number).Record is { } record && record.Number == number
            && (await database.FindAsync(number, cancellationToken))?.Digest() != record.Digest())
        {
            throw new ErpRefusedException(string.Create(CultureInfo.InvariantCulture, $"record {number} differs between journal and database"));
        }
    }

    private static Task SayAsync(long number, string side) =>
        Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"record {number} was not acknowledged before the last end; completed in the {side}"));
}
