using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Workloads;

namespace Blackstart.Systems.VaultSecretsOperator;

/// <summary>Type <c>vault-secrets-operator</c>: the operator that turns Vault's leases into Secrets.</summary>
public sealed class VaultSecretsOperatorComponent(EnvironmentCatalog catalog) : IComponentType
{
    /// <inheritdoc/>
    public ComponentTypeDescription Description { get; } = new(
        "vault-secrets-operator",
        "HashiCorp's Vault Secrets Operator.",
        [
            .. WorkloadSettings.Required,
            new SettingDescription("secrets", SettingKind.List, Required: true, null, "Secrets with database credentials that must log in: NAMESPACE/NAME."),
            new SettingDescription("database", SettingKind.Text, Required: false, null, "Database that those credentials are for."),
        ]);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tools => ["kubectl"];

    /// <inheritdoc/>
    public IReadOnlyList<Probe> Checks(ComponentScope scope) =>
    [
        .. DynamicSecret.Of(scope.Component).Select(secret => new Probe(
            secret.Name,
            $"the credentials in Secret {secret} come from the running operator and log in to PostgreSQL",
            (_, cancellationToken) => AskAsync(scope, secret, cancellationToken))),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope)
    {
        var name = scope.Component.Name;
        var workload = WorkloadName.Of(scope.Component)!;
        var systems = catalog.Of(scope.Environment);
        return
        [
            WorkloadSteps.Start(scope, systems, "Start the secrets operator", WorkloadProbes.Ready(systems, workload)),
            .. DynamicSecret.Of(scope.Component).Zip(Checks(scope), (secret, check) => new Step($"{name}/reauthenticate-{secret.Name}", $"Make the operator log in again and renew Secret {secret}", check)
            {
                Component = name,
                DependsOn = [$"{name}/start"],
                Effect = Effect.Change,
                Targets = [Target.Kubernetes],
                Action = (context, cancellationToken) => RenewAsync(systems, secret, context, cancellationToken),
                Timeout = TimeSpan.FromSeconds(60),
                ByHand = $"kubectl annotate vaultdynamicsecret NAME -n {secret.Namespace} --overwrite {DynamicSecret.RenewAnnotation}=TIME",
            }),
        ];
    }

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => null;

    private static async Task RenewAsync(EnvironmentSystems systems, DynamicSecret secret, StepContext context, CancellationToken cancellationToken)
    {
        // The new value only has to differ from the last one: a change of the object makes the operator look at it at once.
        var source = await secret.FindSourceAsync(systems.KubernetesReader, cancellationToken);
        await systems.KubernetesWriter.AnnotateAsync(context.Clearance, secret.Namespace, $"vaultdynamicsecret/{source.Name}", DynamicSecret.RenewAnnotation, Guid.NewGuid().ToString("N"), cancellationToken);
    }

    private async Task<ProbeAnswer> AskAsync(ComponentScope scope, DynamicSecret secret, CancellationToken cancellationToken)
    {
        var systems = catalog.Of(scope.Environment);
        var operators = await WorkloadState.AskAsync(systems.KubernetesReader, WorkloadName.Of(scope.Component)!, cancellationToken);
        if (operators is null || operators.ReadyPods.Count == 0)
        {
            return ProbeAnswer.No($"no operator is ready: {operators?.Trouble ?? "it is not installed"}");
        }

        var source = await secret.FindSourceAsync(systems.KubernetesReader, cancellationToken);
        if (!operators.ReadyPods.Any(p => p["metadata"]?["uid"]?.GetValue<string>() == source.OperatorPod))
        {
            return ProbeAnswer.No($"VaultDynamicSecret {source.Name} was last served by an operator that no longer runs: its credentials are stale");
        }

        if (await secret.ReadAsync(systems.KubernetesReader, cancellationToken) is not var (user, password) || user.Length == 0)
        {
            return ProbeAnswer.No($"there is no Secret {secret} with username and password");
        }

        var refusal = await systems.Postgres.TryLoginAsync(user, password, scope.Component.Settings.TextOrNull("database"), cancellationToken);
        return refusal is null ? ProbeAnswer.Yes($"{user} logs in") : ProbeAnswer.No($"{user} does not log in: {refusal}");
    }
}
