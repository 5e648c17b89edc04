using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Workloads;

namespace Blackstart.Systems.Vault;

/// <summary>Type <c>vault</c>: a Vault that runs in the cluster on a volume of its own and is unsealed from a key file.</summary>
public sealed class VaultComponent(EnvironmentCatalog catalog) : IComponentType
{
    /// <inheritdoc/>
    public ComponentTypeDescription Description { get; } = new("vault", "A Vault in the cluster.", WorkloadSettings.Required);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tools => ["kubectl"];

    /// <inheritdoc/>
    public IReadOnlyList<Probe> Checks(ComponentScope scope) =>
    [
        new Probe("unsealed", "Vault is unsealed and is the one on record", (_, cancellationToken) => AskUnsealedAsync(scope.Environment, cancellationToken)),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope)
    {
        var name = scope.Component.Name;
        var systems = catalog.Of(scope.Environment);
        return
        [
            WorkloadSteps.Start(scope, systems, "Start Vault", new Probe("answers", "Vault answers and holds an initialised storage", (_, cancellationToken) => AskStartedAsync(scope.Environment, cancellationToken))),
            new Step($"{name}/unseal", "Unseal Vault with the environment's own key", Checks(scope)[0])
            {
                Component = name,
                DependsOn = [$"{name}/start"],
                Effect = Effect.Change,
                Targets = [Target.Vault],
                Action = (context, cancellationToken) => systems.Vault.UnsealAsync(context.Clearance, cancellationToken),
                Timeout = TimeSpan.FromSeconds(30),
                ByHand = "vault operator unseal",
            },
        ];
    }

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => null;

    private async Task<ProbeAnswer> AskStartedAsync(EstateEnvironment environment, CancellationToken cancellationToken)
    {
        var health = await catalog.Of(environment).Vault.AskHealthAsync(cancellationToken);
        return health.Initialized
            ? ProbeAnswer.Yes(health.Sealed ? "it answers, sealed" : "it answers, unsealed")
            : ProbeAnswer.No("it says it is not initialised: its volume is empty. Do not initialise it: bring the volume's data back");
    }

    private async Task<ProbeAnswer> AskUnsealedAsync(EstateEnvironment environment, CancellationToken cancellationToken)
    {
        var systems = catalog.Of(environment);
        var health = await systems.Vault.AskHealthAsync(cancellationToken);
        var recorded = systems.Identities.Of(Target.Vault);
        return health switch
        {
            { Initialized: false } => ProbeAnswer.No("it says it is not initialised: its volume is empty"),
            { Sealed: true } => ProbeAnswer.No("it is sealed"),
            _ when health.ClusterId == recorded => ProbeAnswer.Yes($"it is unsealed, cluster {health.ClusterId}"),
            _ => ProbeAnswer.No($"it says it is cluster {health.ClusterId}, but {recorded ?? "nothing"} is on record"),
        };
    }
}
