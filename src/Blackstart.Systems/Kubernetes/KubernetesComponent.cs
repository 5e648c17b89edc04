using Blackstart.Core.Estates;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;

namespace Blackstart.Systems.Kubernetes;

/// <summary>Type <c>kubernetes</c>: the cluster itself. It starts with its machines; recovering it means waiting until it answers as itself.</summary>
public sealed class KubernetesComponent(EnvironmentCatalog catalog) : IComponentType
{
    /// <inheritdoc/>
    public ComponentTypeDescription Description { get; } = new(
        "kubernetes",
        "The cluster: its API and its nodes.",
        [new SettingDescription("nodes", SettingKind.List, Required: true, null, "Names of the nodes that must be ready.")]);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tools => ["kubectl"];

    /// <inheritdoc/>
    public IReadOnlyList<Probe> Checks(ComponentScope scope) =>
    [
        new Probe("nodes-ready", "the cluster answers as itself and all of its nodes are ready", (_, cancellationToken) => AskAsync(scope, cancellationToken)),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope) =>
    [
        new Step($"{scope.Component.Name}/ready", "Wait for the cluster and its nodes", Checks(scope)[0])
        {
            Component = scope.Component.Name,
            Timeout = TimeSpan.FromMinutes(5),
            ByHand = "kubectl get nodes",
        },
    ];

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => null;

    private async Task<ProbeAnswer> AskAsync(ComponentScope scope, CancellationToken cancellationToken)
    {
        var systems = catalog.Of(scope.Environment);
        if (!await systems.KubernetesReader.IsReadyAsync(cancellationToken))
        {
            return ProbeAnswer.No("/readyz says that the API server is not ready");
        }

        var identity = await ClusterIdentity.AskAsync(systems.KubernetesReader, cancellationToken);
        var recorded = systems.Identities.Of(Core.Isolation.Target.Kubernetes);
        if (identity != recorded)
        {
            return ProbeAnswer.No($"the cluster says it is {identity}, but {recorded ?? "nothing"} is on record");
        }

        var nodes = await systems.KubernetesReader.ListAsync("/api/v1/nodes", cancellationToken);
        var ready = nodes.Where(NodeState.IsReady).Select(n => n["metadata"]!["name"]!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        var missing = scope.Component.Settings.List("nodes").Where(n => !ready.Contains(n)).ToList();
        return missing.Count == 0
            ? ProbeAnswer.Yes($"{ready.Count} nodes are ready")
            : ProbeAnswer.No($"not ready: {string.Join(", ", missing)}");
    }
}
