namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>A kind that is captured, and where a cluster lists it.</summary>
/// <param name="ApiVersion">Its group and version.</param>
/// <param name="Kind">Its name.</param>
/// <param name="Plural">Its name in paths.</param>
internal sealed record CapturedKind(string ApiVersion, string Kind, string Plural)
{
    private const string LonghornGroup = "longhorn.io/v1beta2";

    public static readonly CapturedKind StorageClass = new("storage.k8s.io/v1", nameof(StorageClass), "storageclasses");
    public static readonly CapturedKind Setting = new(LonghornGroup, nameof(Setting), "settings");
    public static readonly CapturedKind BackupTarget = new(LonghornGroup, nameof(BackupTarget), "backuptargets");
    public static readonly CapturedKind BackingImage = new(LonghornGroup, nameof(BackingImage), "backingimages");
    public static readonly CapturedKind Volume = new(LonghornGroup, nameof(Volume), "volumes");
    public static readonly CapturedKind PersistentVolume = new("v1", nameof(PersistentVolume), "persistentvolumes");
    public static readonly CapturedKind PersistentVolumeClaim = new("v1", nameof(PersistentVolumeClaim), "persistentvolumeclaims");
    public static readonly CapturedKind RecurringJob = new(LonghornGroup, nameof(RecurringJob), "recurringjobs");
    public static readonly CapturedKind Node = new(LonghornGroup, nameof(Node), "nodes");

    /// <summary>The captured kind of that name.</summary>
    public static CapturedKind Of(string kind) =>
        ((CapturedKind[])[StorageClass, Setting, BackupTarget, BackingImage, Volume, PersistentVolume, PersistentVolumeClaim, RecurringJob, Node]).First(k => k.Kind == kind);

    /// <summary>The path of its list: of Longhorn's namespace for Longhorn's kinds, of the whole cluster for others.</summary>
    public string ListPath(string @namespace) =>
        ApiVersion == LonghornGroup ? $"/apis/{ApiVersion}/namespaces/{@namespace}/{Plural}"
        : ApiVersion == "v1" ? $"/api/v1/{Plural}"
        : $"/apis/{ApiVersion}/{Plural}";
}
