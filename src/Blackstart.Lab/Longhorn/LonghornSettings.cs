using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>The settings that matter to a recovery, with Longhorn 1.12's names, defaults and values (longhorn-manager, types/setting.go).</summary>
internal sealed class LonghornSettings(ObjectStore store)
{
    public static readonly IReadOnlyDictionary<string, SettingDefinition> Known = new Dictionary<string, SettingDefinition>(StringComparer.Ordinal)
    {
        ["allow-recurring-job-while-volume-detached"] = SettingDefinition.Flag(false),
        ["auto-cleanup-system-generated-snapshot"] = SettingDefinition.Flag(true),
        ["auto-delete-pod-when-volume-detached-unexpectedly"] = SettingDefinition.Flag(true),
        ["auto-salvage"] = SettingDefinition.Flag(true),
        ["concurrent-replica-rebuild-per-node-limit"] = SettingDefinition.Number(5, 0),
        ["default-data-path"] = SettingDefinition.Text("/var/lib/longhorn/"),
        ["default-engine-image"] = SettingDefinition.Text(LonghornKinds.Image),
        ["default-longhorn-static-storage-class"] = SettingDefinition.Text("longhorn-static"),
        ["default-replica-count"] = SettingDefinition.Number(3, 1, 20),
        ["deleting-confirmation-flag"] = SettingDefinition.Flag(false),
        ["detach-manually-attached-volumes-when-cordoned"] = SettingDefinition.Flag(false),
        ["disable-revision-counter"] = SettingDefinition.Flag(true),
        ["disable-snapshot-purge"] = SettingDefinition.Flag(false),
        ["offline-replica-rebuilding"] = SettingDefinition.Flag(false),
        ["orphan-resource-auto-deletion"] = SettingDefinition.Set("replica-data", "instance"),
        ["orphan-resource-auto-deletion-grace-period"] = SettingDefinition.Number(300, 0),
        ["remove-snapshots-during-filesystem-trim"] = SettingDefinition.Flag(false),
        ["replica-auto-balance"] = SettingDefinition.Choice("disabled", "disabled", "least-effort", "best-effort"),
        ["replica-replenishment-wait-interval"] = SettingDefinition.Number(600, 0),
    };

    public bool AutoSalvage => Text("auto-salvage") == "true";

    public bool CountRevisions => Text("disable-revision-counter") == "false";

    public bool RebuildsAllowed => Text("concurrent-replica-rebuild-per-node-limit") != "0";

    public bool DeletesOrphans => Text("orphan-resource-auto-deletion").Split(';').Any(part => part.Trim() == "replica-data");

    public TimeSpan OrphanGracePeriod =>
        TimeSpan.FromSeconds(store.Get(LonghornKinds.Settings, "orphan-resource-auto-deletion-grace-period").Number(300, "value"));

    private string Text(string name) => store.Get(LonghornKinds.Settings, name)?.TextAt("value") ?? Known[name].Default;
}
