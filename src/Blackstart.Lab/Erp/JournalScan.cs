namespace Blackstart.Lab.Erp;

/// <summary>All slots of a journal at one moment.</summary>
internal sealed class JournalScan(JournalSlot[] slots)
{
    /// <summary>The newest valid record; null when there is none.</summary>
    public ErpRecord? Newest { get; } = slots.Select(slot => slot.Record).Where(record => record is not null).MaxBy(record => record!.Number);

    /// <summary>The oldest number that a journal whose newest record is <see cref="Newest"/> must still hold.</summary>
    public long Oldest => Math.Max(1, (Newest?.Number ?? 0) - slots.Length + 1);

    /// <summary>The slot a record belongs into.</summary>
    public JournalSlot Of(long number) => slots[(number - 1) % slots.Length];

    /// <summary>Numbers between the oldest and the newest that are missing or damaged.</summary>
    public IEnumerable<long> Gaps()
    {
        for (var number = Oldest; number < (Newest?.Number ?? 0); number++)
        {
            if (Of(number).Record?.Number != number)
            {
                yield return number;
            }
        }
    }
}
