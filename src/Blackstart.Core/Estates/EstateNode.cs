namespace Blackstart.Core.Estates;

/// <summary>A machine of an environment.</summary>
/// <param name="Name">Name, unique in its environment: the Kubernetes node's.</param>
/// <param name="LonghornRoot">Absolute path of Longhorn's data folder on it (the one with <c>longhorn-disk.cfg</c>), where it can be read from here.</param>
/// <param name="MachineIdFile">Absolute path of its <c>machine-id</c>, where it can be read from here.</param>
public sealed record EstateNode(string Name, string? LonghornRoot, string? MachineIdFile);
