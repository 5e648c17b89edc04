namespace Blackstart.Lab.Hosting;

/// <summary>What <c>lab status</c> says.</summary>
/// <param name="SchemaVersion">1.</param>
/// <param name="Running">Whether its supervisor answers.</param>
/// <param name="StateDir">State directory.</param>
/// <param name="Estate">The lab declared as an estate.</param>
/// <param name="Kubeconfig">Access to the cluster.</param>
/// <param name="Context">The kubeconfig's context.</param>
/// <param name="VaultAddress">Vault's address.</param>
/// <param name="UnsealKeyFile">Vault's unseal key.</param>
/// <param name="Postgres">libpq connection string; the password is in the file it names.</param>
/// <param name="Git">Address of the estate's repository.</param>
/// <param name="Nodes">The cluster's nodes.</param>
/// <param name="Services">Each supervised service and where it stands; empty when the lab is down.</param>
/// <param name="Processes">Living processes.</param>
public sealed record LabStatus(
    int SchemaVersion,
    bool Running,
    string StateDir,
    string Estate,
    string Kubeconfig,
    string Context,
    string VaultAddress,
    string UnsealKeyFile,
    string Postgres,
    string Git,
    IReadOnlyList<LabNode> Nodes,
    IReadOnlyDictionary<string, string> Services,
    IReadOnlyList<LabProcessStatus> Processes);
