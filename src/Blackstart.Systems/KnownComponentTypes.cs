using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Git;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn;
using Blackstart.Systems.Postgres;
using Blackstart.Systems.Vault;
using Blackstart.Systems.VaultSecretsOperator;
using Blackstart.Systems.Workloads;

namespace Blackstart.Systems;

/// <summary>Where component types are registered: one line a type.</summary>
public static class KnownComponentTypes
{
    /// <summary>All types, over the systems of <paramref name="catalog"/>.</summary>
    public static ComponentTypes Create(EnvironmentCatalog catalog) => new(
    [
        new PostgresComponent(catalog),
        new GitComponent(catalog),
        new KubernetesComponent(catalog),
        new LonghornComponent(catalog),
        new VaultComponent(catalog),
        new VaultSecretsOperatorComponent(catalog),
        new WorkloadComponent(catalog),
    ]);
}
