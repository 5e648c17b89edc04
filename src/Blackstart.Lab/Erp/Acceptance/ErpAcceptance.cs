using System.Globalization;

namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>Compares the receipts of acknowledged records with the database and the journal.</summary>
internal static class ErpAcceptance
{
    /// <summary>
    /// A record is recovered when both sides hold it with the digest of its receipt (the journal: as long as it is among the
    /// newest that fit), corrupted when a side holds something else in its place, and lost when a side does not hold it.
    /// </summary>
    public static AcceptanceReport Compare(IReadOnlyList<Receipt> receipts, IReadOnlyDictionary<long, ErpRecord> database, JournalScan journal, long slots)
    {
        var tally = new AcceptanceTally("erp");
        var newest = Math.Max(receipts.Count == 0 ? 0 : receipts.Max(receipt => receipt.Number), journal.Newest?.Number ?? 0);
        foreach (var receipt in receipts)
        {
            var verdicts = new List<(bool Corrupted, string Detail)>();
            if (!database.TryGetValue(receipt.Number, out var row))
            {
                verdicts.Add((false, Say(receipt, "is not in the database")));
            }
            else if (row.Digest() != receipt.Sha256)
            {
                verdicts.Add((true, Say(receipt, "has another digest in the database")));
            }

            if (receipt.Number > newest - slots && InJournal(receipt, journal.Of(receipt.Number)) is { } verdict)
            {
                verdicts.Add(verdict);
            }

            if (verdicts.Count == 0)
            {
                tally.Recovered(new AcceptedItem(receipt.Number, DateTimeOffset.FromUnixTimeMilliseconds(receipt.Time), receipt.Sha256));
            }
            else if (verdicts.Any(item => item.Corrupted))
            {
                tally.Corrupted(verdicts.First(item => item.Corrupted).Detail);
            }
            else
            {
                tally.Lost(verdicts[0].Detail);
            }
        }

        return tally.Report();
    }

    private static (bool Corrupted, string Detail)? InJournal(Receipt receipt, JournalSlot slot) => slot switch
    {
        { Content: SlotContent.Damaged } => (true, Say(receipt, "is damaged on the volume")),
        { Record: { } record } when record.Number != receipt.Number => (false, Say(receipt, "is not on the volume")),
        { Record: { } record } => record.Digest() == receipt.Sha256 ? null : (true, Say(receipt, "has another digest on the volume")),
        _ => (false, Say(receipt, "is not on the volume")),
    };

    private static string Say(Receipt receipt, string what) => string.Create(CultureInfo.InvariantCulture, $"record {receipt.Number} {what}");
}
