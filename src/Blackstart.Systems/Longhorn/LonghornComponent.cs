using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Recovery;
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
    public IReadOnlyList<Probe> Checks(ComponentScope scope)
    {
        var longhorn = new LonghornScope(scope, catalog);
        return [.. longhorn.Volumes.Select(longhorn.Probes.Serves)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope)
    {
        var longhorn = new LonghornScope(scope, catalog);
        RefuseUnknown(longhorn);
        var survey = new Survey(longhorn);
        var settings = new SettingsAside(longhorn);
        var objects = new CapturedObjects(longhorn);
        var ready = new ReadyGate(longhorn).Step();
        var aside = settings.AsideStep(ready.Id);
        var quiesce = Quiesce(longhorn, aside.Id);
        List<Step> steps = [ready, aside, quiesce];
        if (objects.BeforeVolumes(quiesce.Id) is { } beneath)
        {
            steps.Add(beneath);
        }

        steps.Add(survey.Step(steps[^1].Id));
        var chains = longhorn.Volumes.Select(v => new VolumeRecovery(longhorn, survey, v).Steps(steps[^1].Id).ToList()).ToList();
        steps.AddRange(chains.SelectMany(c => c));
        steps.Add(settings.BackStep([.. chains.Select(c => c[^1].Id)]));
        if (objects.AfterVolumes(steps[^1].Id) is { } jobs)
        {
            steps.Add(jobs);
        }

        return steps;
    }

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => null;

    /// <summary>Leave that was given for a volume nobody captured is a slip of the hand, and would be missed where it was meant.</summary>
    private static void RefuseUnknown(LonghornScope longhorn)
    {
        if (longhorn.Options.Of(NamedReplica.Option).FirstOrDefault(t => longhorn.Volumes.All(v => v.Name != t.Split('=')[0])) is { } named)
        {
            throw NamedReplica.Slip(named, $"no such volume was captured; there are {string.Join(", ", longhorn.Volumes.Select(v => v.Name))}");
        }

        var unknown = longhorn.Options.Of(Acknowledgement.Option).Select(t => t.Split('@')[0]).FirstOrDefault(n => longhorn.Volumes.All(v => v.Name != n));
        if (unknown is not null)
        {
            throw new BlackstartException(
                "BS4606",
                ExitCode.InvalidInput,
                $"taking leave to write over volume {unknown}",
                $"no such volume was captured; there are {string.Join(", ", longhorn.Volumes.Select(v => v.Name))}",
                "Name one of these; nothing was begun");
        }
    }

    /// <summary>Data is brought back only while nothing else can write: every workload that needs Longhorn is scaled to nothing first.</summary>
    private static Step Quiesce(LonghornScope longhorn, string after)
    {
        var systems = longhorn.Systems;
        var workloads = longhorn.Scope.Dependents().Select(WorkloadName.Of).OfType<WorkloadName>().ToList();
        return new Step(
            $"{longhorn.Name}/quiesce",
            "Stop every workload that needs Longhorn",
            new Probe("quiet", "every volume serves its data or was brought back, or no workload holds one", async (context, cancellationToken) =>
            {
                var quiet = await longhorn.Probes.NoneHeldAsync(workloads, cancellationToken);
                return !quiet.Holds && (await longhorn.Probes.AllBackAsync(context, cancellationToken)) is { Holds: true } back ? back : quiet;
            }))
        {
            Component = longhorn.Name,
            DependsOn = [after],
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
