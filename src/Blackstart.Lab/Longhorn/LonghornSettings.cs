using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>The settings that matter to a recovery, with Longhorn 1.12's names and defaults (longhorn-manager, types/setting.go).</summary>
internal sealed class LonghornSettings(ObjectStore store)
{
    public static readonly IReadOnlyDictionary<string, string> Defaults = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["auto-salvage"] = "true",
        ["concurrent-replica-rebuild-per-node-limit"] = "5",
        ["default-data-path"] = "/var/lib/longhorn/",
        ["default-engine-image"] = LonghornKinds.Image,
        ["default-longhorn-static-storage-class"] = "longhorn-static",
        ["default-replica-count"] = "3",
        ["deleting-confirmation-flag"] = "false",
        ["disable-revision-counter"] = "true",
        ["offline-replica-rebuilding"] = "false",
        ["orphan-resource-auto-deletion"] = "",
        ["orphan-resource-auto-deletion-grace-period"] = "300",
        ["replica-auto-balance"] = "disabled",
        ["replica-replenishment-wait-interval"] = "600",
    };

    public bool AutoSalvage => Text("auto-salvage") == "true";

    public bool CountRevisions => Text("disable-revision-counter") == "false";

    public bool RebuildsAllowed => Text("concurrent-replica-rebuild-per-node-limit") != "0";

    public bool DeletesOrphans => Text("orphan-resource-auto-deletion").Split(';', ',').Any(part => part.Trim() == "replica-data");

    public TimeSpan OrphanGracePeriod =>
        TimeSpan.FromSeconds(store.Get(LonghornKinds.Settings, "orphan-resource-auto-deletion-grace-period").Number(300, "value"));

    private string Text(string name) => store.Get(LonghornKinds.Settings, name)?.TextAt("value") ?? Defaults[name];
}
