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
        new("orphan-auto-deletion", "false", Off),
        new("auto-salvage", "true", Off),
        new("replica-auto-balance", "disabled", value => IsByEngine(value) ? value.Replace("least-effort", "disabled", StringComparison.Ordinal).Replace("best-effort", "disabled", StringComparison.Ordinal) : "disabled"),
        new("offline-replica-rebuilding", "false", Off),

        // Takes away the ticket under which a volume is being written, where its node was cordoned for the repair.
        new("detach-manually-attached-volumes-when-cordoned", "false", Off),
    ];

    /// <summary>Whether a value does nothing to data.</summary>
    public bool IsSafe(string value) => Safe(value) == value;

    private static string Off(string value) => IsByEngine(value) ? value.Replace("\"true\"", "\"false\"", StringComparison.Ordinal) : "false";

    // Since Longhorn 1.10 a setting may have a value for each data engine: {"v1":"true","v2":"false"}.
    private static bool IsByEngine(string value) => value.StartsWith('{');
}
