using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Longhorn.Capture;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>What all steps and checks of one Longhorn component share.</summary>
internal sealed class LonghornScope
{
    private readonly EnvironmentCatalog _catalog;

    public LonghornScope(ComponentScope scope, EnvironmentCatalog catalog)
    {
        _catalog = catalog;
        Scope = scope;
        Nodes = NodeSettings.Of(scope.Component, catalog.Options);
        Volumes = Capture().Volumes;
        Work = new NodeWork(new Lazy<INodeRunner>(() => NodeRunners.Create(scope.Environment, Nodes, Systems, catalog.CommandLine, catalog.Time)));
        Probes = new VolumeProbes(this);
    }

    public ComponentScope Scope { get; }

    /// <summary>The component's name, with which its steps' ids begin.</summary>
    public string Name => Scope.Component.Name;

    public NodeSettings Nodes { get; }

    /// <summary>The captured volumes, in the order of their names.</summary>
    public IReadOnlyList<CapturedVolume> Volumes { get; }

    public NodeWork Work { get; }

    public VolumeProbes Probes { get; }

    public EnvironmentSystems Systems => _catalog.Of(Scope.Environment);

    public LonghornApi Api => new(Systems.KubernetesReader, Scope.Component.Settings.Text("namespace"));

    public RunOptions Options => _catalog.Options;

    public TimeProvider Time => _catalog.Time;

    /// <summary>What the capture says now: it may be newer than the plan.</summary>
    public LonghornCapture Capture() => LonghornCapture.Load(Scope.Component.Settings.Text("capture"));

    /// <summary>What a step that only looks at disks or devices does: as a Job even that is made in the cluster.</summary>
    public Effect LookingEffect => Nodes.Kind == NodeRunnerKind.Job ? Effect.Change : Effect.Observe;

    /// <summary>Where a step that only looks lands.</summary>
    public IReadOnlyList<Target> LookingTargets => Nodes.Kind == NodeRunnerKind.Job ? [Target.Kubernetes] : [];
}
