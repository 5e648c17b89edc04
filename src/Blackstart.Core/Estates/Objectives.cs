namespace Blackstart.Core.Estates;

/// <summary>How fast something must come back, and how much it may lose. What a run measures is called time to recover and data loss.</summary>
/// <param name="Rto">Longest time to recover.</param>
/// <param name="Rpo">Longest span of acknowledged writes that may be lost; zero means none.</param>
public sealed record Objectives(TimeSpan Rto, TimeSpan Rpo);
