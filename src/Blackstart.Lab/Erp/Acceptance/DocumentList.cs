namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>The list of documents written when the volume was filled.</summary>
/// <param name="SchemaVersion">1.</param>
/// <param name="CreatedAt">When it was.</param>
/// <param name="Documents">Each document.</param>
internal sealed record DocumentList(int SchemaVersion, DateTimeOffset CreatedAt, IReadOnlyList<DocumentReceipt> Documents);
