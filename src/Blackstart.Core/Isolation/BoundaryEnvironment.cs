namespace Blackstart.Core.Isolation;

/// <summary>What the boundary knows of one environment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsProduction">Whether it is the one that must not be broken.</param>
/// <param name="Identities">What its systems said of themselves when they were recorded.</param>
public sealed record BoundaryEnvironment(string Name, bool IsProduction, RecordedIdentities Identities);
