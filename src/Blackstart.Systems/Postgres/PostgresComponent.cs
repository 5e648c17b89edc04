using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Machines;

namespace Blackstart.Systems.Postgres;

/// <summary>Type <c>postgres</c>: a PostgreSQL server outside the cluster.</summary>
public sealed class PostgresComponent(EnvironmentCatalog catalog) : IComponentType
{
    /// <inheritdoc/>
    public ComponentTypeDescription Description { get; } = new("postgres", "A PostgreSQL server outside the cluster.", ServiceSettings.Machine);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tools => [];

    /// <inheritdoc/>
    public IReadOnlyList<Probe> Checks(ComponentScope scope) =>
    [
        new Probe("takes-writes", "PostgreSQL answers as itself and takes writes", async (_, cancellationToken) =>
        {
            var systems = catalog.Of(scope.Environment);
            var identity = await systems.Postgres.AskIdentityAsync(cancellationToken);
            var recorded = systems.Identities.Of(Target.Postgres);
            if (identity != recorded)
            {
                return ProbeAnswer.No($"it says it is {identity}, but {recorded ?? "nothing"} is on record");
            }

            return await systems.Postgres.TakesWritesAsync(cancellationToken)
                ? ProbeAnswer.Yes($"system {identity} takes writes")
                : ProbeAnswer.No("it is a standby, or still replays its log");
        }),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope) =>
        [ServiceSteps.Start(scope, catalog.Of(scope.Environment).Services, "Start PostgreSQL", Checks(scope)[0])];

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => null;
}
