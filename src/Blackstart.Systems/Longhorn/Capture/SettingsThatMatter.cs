namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>
/// The settings that a capture keeps: those that decide what happens to replica data without being asked, and those that decide how
/// volumes are made and placed (names of Longhorn 1.12 and before; longhorn-manager, types/setting.go). They are kept whatever their
/// value, for what is the default today may be another one in the Longhorn that is installed after a disaster. All others belong to
/// the installation: versions, images, networks, priorities.
/// </summary>
internal static class SettingsThatMatter
{
    // deleting-confirmation-flag is left out on purpose: applied back as true it takes the guard off uninstalling.
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "allow-recurring-job-while-volume-detached",
        "allow-volume-creation-with-degraded-availability",
        "auto-cleanup-recurring-job-backup-snapshot",
        "auto-cleanup-system-generated-snapshot",
        "auto-delete-pod-when-volume-detached-unexpectedly",
        "auto-salvage",
        "concurrent-replica-rebuild-per-node-limit",
        "concurrent-volume-backup-restore-per-node-limit",
        "create-default-disk-labeled-nodes",
        "default-data-locality",
        "default-data-path",
        "default-longhorn-static-storage-class",
        "default-replica-count",
        "detach-manually-attached-volumes-when-cordoned",
        "disable-revision-counter",
        "disable-snapshot-purge",
        "fast-replica-rebuild-enabled",
        "node-down-pod-deletion-policy",
        "node-drain-policy",
        "offline-replica-rebuilding",
        "orphan-auto-deletion",
        "orphan-resource-auto-deletion",
        "orphan-resource-auto-deletion-grace-period",
        "remove-snapshots-during-filesystem-trim",
        "replica-auto-balance",
        "replica-disk-soft-anti-affinity",
        "replica-replenishment-wait-interval",
        "replica-soft-anti-affinity",
        "replica-zone-soft-anti-affinity",
        "restore-volume-recurring-jobs",
        "snapshot-data-integrity",
        "snapshot-max-count",
        "storage-minimal-available-percentage",
        "storage-over-provisioning-percentage",
        "storage-reserved-percentage-for-default-disk",
    };

    /// <summary>Whether a setting is kept.</summary>
    public static bool Contains(string name) => Names.Contains(name);
}
