using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Longhorn;

/// <summary>Type <c>longhorn</c>: the volumes that were captured, and their data.</summary>
public sealed class LonghornComponent(EnvironmentCatalog catalog) : IComponentType
{
    /// <summary>The type's name.</summary>
    internal const string TypeName = "longhorn";

    /// <inheritdoc/>
    public ComponentTypeDescription Description { get; } = new(
        TypeName,
        "Longhorn and its volumes.",
        [
            new SettingDescription("namespace", SettingKind.Text, Required: false, "longhorn-system", "Longhorn's namespace."),
            new SettingDescription("capture", SettingKind.Path, Required: true, null, "File with the captured Volume, PersistentVolume and PersistentVolumeClaim objects."),
            .. NodeSettings.Descriptions,
        ]);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tools => ["kubectl", "e2fsck"];

    /// <inheritdoc/>
    public IReadOnlyList<Probe> Checks(ComponentScope scope) =>
        [.. Volumes(scope).Select(v => VolumeProbes.Serves(ApiOf(scope), v))];

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope)
    {
        var volumes = Volumes(scope);
        var quiesce = Quiesce(scope, volumes);
        var systems = catalog.Of(scope.Environment);
        return [quiesce, .. volumes.SelectMany(v => new VolumeRecovery(scope, v, ApiOf(scope), systems, catalog.CommandLine).Steps(quiesce.Id))];
    }

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => null;

    private static IReadOnlyList<CapturedVolume> Volumes(ComponentScope scope) => LonghornCapture.Load(scope.Component.Settings.Text("capture"));

    private LonghornApi ApiOf(ComponentScope scope) =>
        new(catalog.Of(scope.Environment).KubernetesReader, scope.Component.Settings.Text("namespace"));

    /// <summary>Data is brought back only while nothing else can write: every workload that needs Longhorn is scaled to nothing first.</summary>
    private Step Quiesce(ComponentScope scope, IReadOnlyList<CapturedVolume> volumes)
    {
        var systems = catalog.Of(scope.Environment);
        var api = ApiOf(scope);
        var workloads = scope.Dependents().Select(WorkloadName.Of).OfType<WorkloadName>().ToList();
        return new Step(
            $"{scope.Component.Name}/quiesce",
            "Stop every workload that needs Longhorn",
            new Probe("quiet", "every volume serves its data or was brought back, or no workload holds one", async (context, cancellationToken) =>
            {
                var back = await VolumeProbes.AllBackAsync(api, volumes, context, cancellationToken);
                return back.Holds ? back : await VolumeProbes.NoneHeldAsync(api, systems.KubernetesReader, volumes, workloads, cancellationToken);
            }))
        {
            Component = scope.Component.Name,
            Effect = Effect.Change,
            Targets = [Target.Kubernetes],
            Timeout = TimeSpan.FromMinutes(2),
            ByHand = string.Join(" && ", workloads.Select(w => $"kubectl scale {w.Resource} -n {w.Namespace} --replicas=0")),
            Action = async (context, cancellationToken) =>
            {
                foreach (var workload in workloads)
                {
                    if (await WorkloadState.AskAsync(systems.KubernetesReader, workload, cancellationToken) is { Wanted: > 0 })
                    {
                        await systems.KubernetesWriter.ScaleAsync(context.Clearance, workload, 0, cancellationToken);
                    }
                }
            },
        };
    }
}
