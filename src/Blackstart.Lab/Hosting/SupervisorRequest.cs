namespace Blackstart.Lab.Hosting;

/// <summary>One line to the supervisor.</summary>
/// <param name="Command"><c>status</c>, <c>start</c>, <c>stop</c> or <c>shutdown</c>.</param>
/// <param name="Name">The service, for <c>start</c> and <c>stop</c>.</param>
internal sealed record SupervisorRequest(string Command, string? Name);
