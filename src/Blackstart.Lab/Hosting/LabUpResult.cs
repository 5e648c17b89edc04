namespace Blackstart.Lab.Hosting;

/// <summary>What <c>lab up</c> did.</summary>
/// <param name="WasRunning">Nothing had to be done.</param>
/// <param name="Provisioned">The estate was created, too.</param>
/// <param name="Elapsed">Wall time.</param>
public sealed record LabUpResult(bool WasRunning, bool Provisioned, TimeSpan Elapsed);
