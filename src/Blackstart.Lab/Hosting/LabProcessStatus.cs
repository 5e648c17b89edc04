namespace Blackstart.Lab.Hosting;

/// <summary>A living process of the lab, as <c>lab status</c> tells it.</summary>
/// <param name="Name">Name in the lab.</param>
/// <param name="Pid">Process id.</param>
/// <param name="Real">The real program, or the lab's simulation.</param>
public sealed record LabProcessStatus(string Name, int Pid, bool Real);
