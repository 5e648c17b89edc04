namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>Which objects must not be applied while the volumes are still empty: they would delete, move or push out data.</summary>
internal static class SetAside
{
    /// <summary>Why an object is kept out of what <c>kubectl apply</c> takes at once; null when it is safe at any time.</summary>
    public static string? Reason(CapturedObject captured) => captured.Key.Kind switch
    {
        nameof(CapturedKind.Setting) => OfSetting(captured.Key.Name, captured.Body["value"]?.GetValue<string>() ?? ""),
        nameof(CapturedKind.RecurringJob) => OfTask(captured.Spec("task")),
        nameof(CapturedKind.BackingImage) when captured.Spec("sourceType") is "export-from-volume" or "clone" =>
            "it would be made from a volume or image that is empty or not there now: put the file of backing-images/ in its place, with sourceType upload",
        _ => null,
    };

    private static string? OfSetting(string name, string value) => name switch
    {
        "orphan-resource-auto-deletion" when value.Contains("replica-data", StringComparison.Ordinal) => "it deletes the orphaned directories that hold the data",
        "orphan-auto-deletion" when value.Contains("true", StringComparison.Ordinal) => "it deletes the orphaned directories that hold the data",
        "replica-auto-balance" when !IsOff(value) => "it makes and removes replicas by itself",
        "offline-replica-rebuilding" when value.Contains("true", StringComparison.Ordinal) => "it rebuilds replicas by itself",
        _ => null,
    };

    private static string? OfTask(string? task) => task switch
    {
        "backup" or "backup-force-create" => "backups of empty volumes would push out the last good ones",
        "system-backup" => "a backup of this system as it is now would push out the last good one",
        "snapshot-delete" or "snapshot-cleanup" => "it deletes snapshots",
        _ => null,
    };

    private static bool IsOff(string value) => value.Length == 0 || (value.Contains("disabled", StringComparison.Ordinal) && !value.Contains("effort", StringComparison.Ordinal));
}
