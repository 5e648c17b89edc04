using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>The kinds that the lab's Longhorn acts on, and names that they share.</summary>
internal static class LonghornKinds
{
    public const string Namespace = "longhorn-system";

    /// <summary>Longhorn's finalizer on all of its objects (longhorn-manager, k8s/pkg/apis/longhorn/v1beta2).</summary>
    public const string Finalizer = "longhorn.io";

    public const string Driver = "driver.longhorn.io";

    /// <summary>The one engine image; newest at the time of writing.</summary>
    public const string Image = "longhornio/longhorn-engine:v1.12.1";

    public static readonly ResourceType Volumes = ResourceType.Longhorn("volumes");
    public static readonly ResourceType Engines = ResourceType.Longhorn("engines");
    public static readonly ResourceType Replicas = ResourceType.Longhorn("replicas");
    public static readonly ResourceType Attachments = ResourceType.Longhorn("volumeattachments");
    public static readonly ResourceType Nodes = ResourceType.Longhorn("nodes");
    public static readonly ResourceType Settings = ResourceType.Longhorn("settings");
    public static readonly ResourceType Orphans = ResourceType.Longhorn("orphans");
    public static readonly ResourceType Snapshots = ResourceType.Longhorn("snapshots");
    public static readonly ResourceType EngineImages = ResourceType.Longhorn("engineimages");
    public static readonly ResourceType InstanceManagers = ResourceType.Longhorn("instancemanagers");

    public static readonly IReadOnlyList<ResourceType> Watched =
        [Volumes, Engines, Replicas, Attachments, Nodes, Settings, Orphans, Snapshots, EngineImages, InstanceManagers];

    private static readonly Dictionary<ResourceType, string> KindNames = new()
    {
        [Volumes] = "Volume",
        [Engines] = "Engine",
        [Replicas] = "Replica",
        [Attachments] = "VolumeAttachment",
        [Nodes] = "Node",
        [Settings] = "Setting",
        [Orphans] = "Orphan",
        [Snapshots] = "Snapshot",
        [EngineImages] = "EngineImage",
        [InstanceManagers] = "InstanceManager",
    };

    public static string Kind(ResourceType type) => KindNames[type];
}
