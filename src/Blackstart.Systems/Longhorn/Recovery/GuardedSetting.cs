namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>A setting of Longhorn that can delete, move or rebuild data behind one's back.</summary>
/// <param name="Name">Its name (longhorn-manager, types/setting.go).</param>
/// <param name="Default">Its value in a new Longhorn.</param>
/// <param name="Safe">From a value, the nearest one that does nothing to data.</param>
internal sealed record GuardedSetting(string Name, string Default, Func<string, string> Safe)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<GuardedSetting> All { get; } =
    [
        new("orphan-resource-auto-deletion", "", value => string.Join(';', value.Split(';', ',').Select(v => v.Trim()).Where(v => v.Length > 0 && v != "replica-data"))),

        // Until Longhorn 1.8; replaced by the one above.
        new("orphan-auto-deletion", "false", _ => "false"),
        new("auto-salvage", "true", _ => "false"),
        new("replica-auto-balance", "disabled", _ => "disabled"),
        new("offline-replica-rebuilding", "false", _ => "false"),
    ];
}
