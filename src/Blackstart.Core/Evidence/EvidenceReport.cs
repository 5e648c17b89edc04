namespace Blackstart.Core.Evidence;

/// <summary>What came of checking a folder of evidence.</summary>
/// <param name="Documents">How many documents are there.</param>
/// <param name="Newest">SHA-256 of the newest document; null when there is none.</param>
/// <param name="Findings">All that is not as it was sealed; empty when the chain is whole.</param>
public sealed record EvidenceReport(int Documents, string? Newest, IReadOnlyList<EvidenceFinding> Findings)
{
    /// <summary>Whether every document is there, in order, and byte for byte as it was sealed.</summary>
    public bool Intact => Findings.Count == 0;
}
