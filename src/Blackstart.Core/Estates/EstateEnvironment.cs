using System.Net;

namespace Blackstart.Core.Estates;

/// <summary>A place the estate exists in. What is not declared is null: a component that needs it says so when it is asked for.</summary>
/// <param name="Name">Name, unique in the estate.</param>
/// <param name="Role">Production or sandbox.</param>
/// <param name="Networks">Networks that belong to this environment, in CIDR notation.</param>
/// <param name="IdentitiesPath">Absolute path of the JSON file with its recorded identities.</param>
/// <param name="Kubernetes">How its Kubernetes API is reached.</param>
/// <param name="Vault">How its Vault is reached.</param>
/// <param name="Postgres">How its PostgreSQL server is reached.</param>
/// <param name="Git">How its git server is reached.</param>
/// <param name="Nodes">Its machines.</param>
/// <param name="Start">Component name → the command (program and arguments) that starts it here; at least one element each.</param>
public sealed record EstateEnvironment(
    string Name,
    EnvironmentRole Role,
    IReadOnlyList<IPNetwork> Networks,
    string? IdentitiesPath,
    KubernetesEndpoint? Kubernetes,
    VaultEndpoint? Vault,
    PostgresEndpoint? Postgres,
    GitEndpoint? Git,
    IReadOnlyList<EstateNode> Nodes,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Start)
{
    /// <summary>The node of that name, or null.</summary>
    public EstateNode? FindNode(string name) =>
        Nodes.FirstOrDefault(n => string.Equals(n.Name, name, StringComparison.Ordinal));
}
