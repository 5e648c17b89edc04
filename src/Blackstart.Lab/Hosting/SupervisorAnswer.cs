namespace Blackstart.Lab.Hosting;

/// <summary>The supervisor's one line in return.</summary>
/// <param name="Ok">Whether it was done.</param>
/// <param name="Error">Why not; null when it was.</param>
/// <param name="Services">Each service and where it stands.</param>
internal sealed record SupervisorAnswer(bool Ok, string? Error, IReadOnlyDictionary<string, string> Services);
