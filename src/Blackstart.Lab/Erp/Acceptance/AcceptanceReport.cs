namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>What the estate still holds of what its customers hold in hand.</summary>
/// <param name="SchemaVersion">1.</param>
/// <param name="What"><c>erp</c> or <c>documents</c>.</param>
/// <param name="Acknowledged">Receipts handed out.</param>
/// <param name="Recovered">Of these, present with the right digest everywhere they belong.</param>
/// <param name="Lost">Of these, missing somewhere.</param>
/// <param name="Corrupted">Of these, present with another digest.</param>
/// <param name="Newest">The newest one recovered; null when there is none.</param>
/// <param name="Details">The first of what was lost or corrupted, one sentence each.</param>
public sealed record AcceptanceReport(
    int SchemaVersion,
    string What,
    long Acknowledged,
    long Recovered,
    long Lost,
    long Corrupted,
    AcceptedItem? Newest,
    IReadOnlyList<string> Details)
{
    /// <summary>Whether nothing is missing and nothing changed.</summary>
    public bool Accepted => Lost == 0 && Corrupted == 0;
}
