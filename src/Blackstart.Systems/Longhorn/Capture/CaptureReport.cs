namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>What a capture came to.</summary>
/// <param name="Path">The file.</param>
/// <param name="Cluster">UID of the cluster's namespace <c>kube-system</c>; null when the cluster does not say it.</param>
/// <param name="IsChanged">Whether the file was written: it is left alone when it says the same already.</param>
/// <param name="Objects">How many objects of each kind, by kind, in the order in which they are applied.</param>
/// <param name="NotRead">Volumes whose content could not be read from here; what was captured of it before was kept.</param>
/// <param name="Aside">Objects that are not to be applied before the data is back, and why.</param>
/// <param name="Secrets">Secrets that captured objects name, as <c>namespace/name</c>; they are not captured.</param>
public sealed record CaptureReport(
    string Path,
    string? Cluster,
    bool IsChanged,
    IReadOnlyDictionary<string, int> Objects,
    IReadOnlyList<string> NotRead,
    IReadOnlyDictionary<string, string> Aside,
    IReadOnlyList<string> Secrets);
