namespace Blackstart.Core.Verdicts;

/// <summary>What became of the records that were acknowledged before the fault.</summary>
/// <param name="Acknowledged">How many were acknowledged.</param>
/// <param name="Recovered">How many of them are there, unchanged.</param>
/// <param name="Lost">How many of them are missing or changed.</param>
public sealed record DataLoss(long Acknowledged, long Recovered, long Lost);
