namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>What is captured of a cluster, or was.</summary>
/// <param name="Cluster">UID of its namespace <c>kube-system</c>; null when it is not known.</param>
/// <param name="Objects">The objects, in the order in which they are applied; no key twice.</param>
/// <param name="NotRead">Volumes whose content could not be read from here; empty in what was loaded.</param>
internal sealed record ClusterObjects(string? Cluster, IReadOnlyList<CapturedObject> Objects, IReadOnlySet<string> NotRead)
{
    /// <summary>Volumes that a recovery verified, as noted on the very objects; empty in what was loaded.</summary>
    public IReadOnlySet<string> Verified { get; init; } = new HashSet<string>();

    /// <summary>Volumes that a recovery has begun to write and not verified; empty in what was loaded.</summary>
    public IReadOnlySet<string> Unfinished { get; init; } = new HashSet<string>();

    /// <summary>The volumes, in the order of their names.</summary>
    public IReadOnlyList<CapturedVolume> Volumes()
    {
        var handles = Handles();
        var bindings = Objects.Where(o => o.Key.Kind != CapturedKind.Volume.Kind).ToLookup(o => VolumeOf(o, handles), StringComparer.Ordinal);
        return [.. OfKind(CapturedKind.Volume).Select(v => Volume(v, [.. bindings[v.Key.Name]])).OrderBy(v => v.Name, StringComparer.Ordinal)];
    }

    /// <summary>The objects of a kind.</summary>
    public IEnumerable<CapturedObject> OfKind(CapturedKind kind) => Objects.Where(o => o.Key.Kind == kind.Kind);

    /// <summary>The volume an object belongs to: itself, or the one its persistent volume leads to; null for what belongs to none.</summary>
    public string? VolumeOf(CapturedObject captured) => VolumeOf(captured, Handles());

    /// <summary>The Longhorn volume of each persistent volume.</summary>
    private Dictionary<string, string?> Handles() =>
        OfKind(CapturedKind.PersistentVolume).ToDictionary(p => p.Key.Name, p => p.Spec("csi", "volumeHandle"), StringComparer.Ordinal);

    private static string? VolumeOf(CapturedObject captured, Dictionary<string, string?> handles) => captured.Key.Kind switch
    {
        nameof(CapturedKind.Volume) => captured.Key.Name,
        nameof(CapturedKind.PersistentVolume) => captured.Spec("csi", "volumeHandle"),
        nameof(CapturedKind.PersistentVolumeClaim) => handles.GetValueOrDefault(captured.Spec("volumeName") ?? ""),
        _ => null,
    };

    private static CapturedVolume Volume(CapturedObject volume, List<CapturedObject> bindings)
    {
        var claim = bindings.Find(b => b.Key.Kind == CapturedKind.PersistentVolumeClaim.Kind);
        return new CapturedVolume(
            volume.Key.Name,
            long.Parse(volume.Spec("size") ?? throw new FormatException($"{volume.Key} has no size"), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture),
            volume.Annotation(LonghornCapture.ContentAnnotation),
            volume.Annotation(LonghornCapture.ReplicasAnnotation)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [],
            volume.Manifest,
            string.Concat(bindings.Select(b => b.Manifest)),
            claim is null ? null : (claim.Key.Namespace, claim.Key.Name))
        {
            PersistentVolume = claim?.Spec("volumeName"),
            IsEncrypted = volume.Spec("encrypted") == "true",
            Uid = volume.Annotation(LonghornCapture.UidAnnotation),
            BackingImage = volume.Spec("backingImage") is { Length: > 0 } image ? image : null,
        };
    }
}
