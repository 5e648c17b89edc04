using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn;
using Blackstart.Systems.Machines;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Environments;

/// <summary>Asks the estate's systems who they are, each over the endpoint that an effect would use.</summary>
public sealed class IdentitySource(Estate estate, EnvironmentCatalog catalog) : IIdentitySource
{
    /// <inheritdoc/>
    public Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken)
    {
        var place = estate.FindEnvironment(environment) ?? throw new ArgumentException($"No environment '{environment}'", nameof(environment));
        RefuseSharedAddress(place, target);
        var systems = catalog.Of(place);
        return target.System switch
        {
            SystemKind.Kubernetes => ClusterIdentity.AskAsync(systems.KubernetesReader, cancellationToken),
            SystemKind.Vault => systems.Vault.AskIdentityAsync(cancellationToken),
            SystemKind.Postgres => systems.Postgres.AskIdentityAsync(cancellationToken),
            SystemKind.Machine => AskMachineAsync(place, target.Name, systems, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(target)),
        };
    }

    /// <summary>A machine that is worked on over ssh is asked over ssh; any other one here.</summary>
    private async Task<string?> AskMachineAsync(EstateEnvironment place, string machine, EnvironmentSystems systems, CancellationToken cancellationToken)
    {
        var nodes = estate.Components.Where(c => c.Type == LonghornComponent.TypeName).Select(c => NodeSettings.Of(c, catalog.Options)).FirstOrDefault(s => s.Kind == NodeRunnerKind.Ssh);
        return nodes is not null
            ? await NodeRunners.Ssh(place, nodes, systems, catalog.CommandLine).AskMachineIdAsync(machine, cancellationToken)
            : await MachineIdentity.AskAsync(place, machine, cancellationToken);
    }

    /// <summary>A sealed Vault does not say who it is, so at least its address must be this environment's alone; the same for PostgreSQL.</summary>
    private void RefuseSharedAddress(EstateEnvironment place, Target target)
    {
        var own = AddressOf(place, target);
        if (own is not null && estate.Environments.FirstOrDefault(e => e != place && string.Equals(AddressOf(e, target), own, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new BlackstartException(
                "BS4008",
                ExitCode.Refused,
                $"asking {target} of '{place.Name}' who it is",
                $"its address {own} is also that of '{other.Name}'",
                "Give each environment an address of its own in blackstart.yaml");
        }
    }

    private static string? AddressOf(EstateEnvironment place, Target target) => target.System switch
    {
        SystemKind.Vault => place.Vault?.Address.Authority,
        SystemKind.Postgres => place.Postgres is { } postgres ? $"{postgres.Host}:{postgres.Port}" : null,
        _ => null,
    };
}
