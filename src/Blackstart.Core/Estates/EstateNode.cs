namespace Blackstart.Core.Estates;

/// <summary>A machine of an environment.</summary>
/// <param name="Name">Name, unique in its environment: the Kubernetes node's.</param>
/// <param name="LonghornDisks">Absolute paths of Longhorn's disks on it (the folders with <c>longhorn-disk.cfg</c>); empty where Longhorn keeps no data.</param>
/// <param name="MachineIdFile">Absolute path of its <c>machine-id</c> on it; null for <c>/etc/machine-id</c>.</param>
/// <param name="Ssh">Where <c>ssh</c> finds it (<c>host</c> or <c>user@host</c>, or an alias of the ssh configuration); null when its name does.</param>
public sealed record EstateNode(string Name, IReadOnlyList<string> LonghornDisks, string? MachineIdFile, string? Ssh = null);
