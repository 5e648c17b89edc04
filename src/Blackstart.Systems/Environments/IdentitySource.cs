using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Machines;

namespace Blackstart.Systems.Environments;

/// <summary>Asks the estate's systems who they are, each over the endpoint that an effect would use.</summary>
public sealed class IdentitySource(Estate estate, EnvironmentCatalog catalog) : IIdentitySource
{
    /// <inheritdoc/>
    public Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken)
    {
        var place = estate.FindEnvironment(environment) ?? throw new ArgumentException($"No environment '{environment}'", nameof(environment));
        var systems = catalog.Of(place);
        return target.System switch
        {
            SystemKind.Kubernetes => ClusterIdentity.AskAsync(systems.KubernetesReader, cancellationToken),
            SystemKind.Vault => systems.Vault.AskIdentityAsync(cancellationToken),
            SystemKind.Postgres => systems.Postgres.AskIdentityAsync(cancellationToken),
            SystemKind.Machine => MachineIdentity.AskAsync(place, target.Name, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(target)),
        };
    }
}
