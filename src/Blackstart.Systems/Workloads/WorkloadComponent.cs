using Blackstart.Core.Estates;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Workloads;

/// <summary>Type <c>workload</c>: an application in the cluster, such as the ERP.</summary>
public sealed class WorkloadComponent(EnvironmentCatalog catalog) : IComponentType
{
    /// <inheritdoc/>
    public ComponentTypeDescription Description { get; } = new(
        "workload",
        "An application in the cluster.",
        [
            .. WorkloadSettings.Required,
            new SettingDescription("acceptance", SettingKind.List, Required: false, null, "Command that counts the application's acknowledged data and prints the result as JSON."),
        ]);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tools => ["kubectl"];

    /// <inheritdoc/>
    public IReadOnlyList<Probe> Checks(ComponentScope scope) => [WorkloadProbes.Ready(catalog.Of(scope.Environment), WorkloadName.Of(scope.Component)!)];

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope) =>
        [WorkloadSteps.Start(scope, catalog.Of(scope.Environment), $"Start {scope.Component.Name}", Checks(scope)[0])];

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => scope.Component.Settings.Has("acceptance")
        ? AcceptanceCommand.Probe(scope.Component, catalog.CommandLine)
        : null;
}
