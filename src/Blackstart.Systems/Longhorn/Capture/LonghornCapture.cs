using System.Text;
using Blackstart.Core.Errors;
using Blackstart.Core.Evidence;
using Blackstart.Systems.Kubernetes;
using YamlDotNet.Core;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>
/// What is needed to make volumes again, in a YAML file that <c>kubectl apply</c> takes: Volume, PersistentVolume,
/// PersistentVolumeClaim, StorageClass, BackingImage, BackupTarget, RecurringJob and the settings that matter. Never status, Engine or
/// Replica objects: applied back, they destroy data.
/// </summary>
public sealed class LonghornCapture
{
    /// <summary>Annotation on a captured Volume: what the volume held, such as <c>ext4:UUID</c>.</summary>
    public const string ContentAnnotation = KeptFields.OwnPrefix + "content";

    /// <summary>Annotation on a captured Volume: the names of the directories that were its replicas, separated by spaces.</summary>
    public const string ReplicasAnnotation = KeptFields.OwnPrefix + "replicas";

    /// <summary>Annotation on a captured Volume: the UID that the object had.</summary>
    public const string UidAnnotation = KeptFields.OwnPrefix + "volume-uid";

    /// <summary>Annotation on a captured BackingImage: its <c>status.uuid</c>, which is part of the name of its directory on the disks.</summary>
    public const string BackingUuidAnnotation = KeptFields.OwnPrefix + "backing-image-uuid";

    /// <summary>Annotation on a captured BackingImage: its <c>status.checksum</c>, SHA-512 in hexadecimal.</summary>
    public const string BackingChecksumAnnotation = KeptFields.OwnPrefix + "backing-image-checksum";

    private readonly ClusterObjects _objects;

    private LonghornCapture(ClusterObjects objects)
    {
        _objects = objects;
        Volumes = objects.Volumes();
    }

    /// <summary>UID of the captured cluster's namespace <c>kube-system</c>; null in a capture that does not say it.</summary>
    public string? Cluster => _objects.Cluster;

    /// <summary>The volumes, in the order of their names.</summary>
    internal IReadOnlyList<CapturedVolume> Volumes { get; }

    /// <summary>The settings, in the order of their names, those that wait for the data too.</summary>
    internal IReadOnlyList<CapturedSetting> Settings =>
        [.. OfKind(CapturedKind.Setting).Select(s => new CapturedSetting(s.Key.Name, s.Body["value"]?.ToString() ?? "", s.Manifest)).OrderBy(s => s.Name, StringComparer.Ordinal)];

    /// <summary>StorageClasses of Longhorn's driver; needed before claims are made anew, in no order among the others.</summary>
    internal IReadOnlyList<CapturedObject> StorageClasses => OfKind(CapturedKind.StorageClass);

    /// <summary>Where backups go; needed before the volumes, which name them.</summary>
    internal IReadOnlyList<CapturedObject> BackupTargets => OfKind(CapturedKind.BackupTarget);

    /// <summary>Backing images; needed before the volumes that lie on them.</summary>
    internal IReadOnlyList<CapturedObject> BackingImages => OfKind(CapturedKind.BackingImage);

    /// <summary>Recurring jobs; not before the data is back, for their backups push out older ones.</summary>
    internal IReadOnlyList<CapturedObject> RecurringJobs => OfKind(CapturedKind.RecurringJob);

    /// <summary>Longhorn's nodes with their disks and tags; to be read.</summary>
    internal IReadOnlyList<CapturedObject> Nodes => OfKind(CapturedKind.Node);

    /// <summary>Everything that was captured.</summary>
    internal ClusterObjects Objects => _objects;

    /// <summary>Reads a capture.</summary>
    /// <exception cref="BlackstartException"><c>BS4602</c>: the file is missing or is no capture.</exception>
    public static LonghornCapture Load(string path)
    {
        try
        {
            var capture = new LonghornCapture(CaptureText.Parse(File.ReadAllText(path)));
            return capture.Volumes.Count > 0 ? capture : throw new FormatException("it holds no Volume");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException or FormatException or ArgumentException or NullReferenceException or InvalidOperationException or InvalidCastException or OverflowException)
        {
            throw new BlackstartException(
                "BS4602",
                ExitCode.InvalidInput,
                $"reading the captured volumes from {path}",
                e.Message.TrimEnd('.'),
                "Take the file from git, or from a backup of it: it says which volumes there were",
                e);
        }
    }

    /// <summary>Captures a cluster into a file, which is replaced as a whole, and only by a capture that loses nothing that the last one says.</summary>
    /// <param name="reader">The cluster.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the capture; an earlier file is left as it is.</param>
    /// <exception cref="BlackstartException"><c>BS4101</c>, <c>BS4102</c> the cluster cannot be asked; <c>BS4602</c> what lies at <paramref name="path"/> is no capture; <c>BS4610</c>–<c>BS4614</c> the last capture is better than this one; <c>BS4615</c> the file cannot be written.</exception>
    public static async Task<CaptureReport> TakeAsync(KubernetesReader reader, string path, CaptureOptions options, CancellationToken cancellationToken) =>
        await KeepAsync(await ClusterReading.OfAsync(reader, options, cancellationToken), path, options, cancellationToken);

    /// <summary>What has changed in a cluster since this capture.</summary>
    /// <param name="reader">The cluster.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="BlackstartException"><c>BS4101</c>, <c>BS4102</c>: the cluster cannot be asked.</exception>
    public async Task<CaptureDrift> CheckAsync(KubernetesReader reader, CaptureOptions options, CancellationToken cancellationToken) =>
        CaptureDrift.Between(_objects, await ClusterReading.OfAsync(reader, options, cancellationToken));

    /// <summary>Keeps what was read, if it loses nothing.</summary>
    internal static async Task<CaptureReport> KeepAsync(ClusterObjects read, string path, CaptureOptions options, CancellationToken cancellationToken)
    {
        var file = ResolveLink(path);
        var before = File.Exists(file) && new FileInfo(file).Length > 0 ? Load(file)._objects : null;
        CaptureGuard.RefuseWorse(before, read, path, options);
        var now = ClusterReading.WithKnownContent(read, before);
        var bytes = Encoding.UTF8.GetBytes(CaptureText.Write(now, options.Namespace));
        var last = File.Exists(file) ? await File.ReadAllBytesAsync(file, cancellationToken) : null;
        var changed = last is null || !bytes.AsSpan().SequenceEqual(last);
        if (changed)
        {
            await WriteAsync(file, bytes, cancellationToken);
        }

        return new CaptureReport(
            path,
            now.Cluster,
            changed,
            now.Objects.GroupBy(o => o.Key.Kind, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            [.. now.NotRead.Order(StringComparer.Ordinal)],
            now.Objects.Where(o => SetAside.Reason(o) is not null).ToDictionary(o => o.Key.ToString(), o => SetAside.Reason(o)!, StringComparer.Ordinal),
            NamedSecrets.Of(now, options.Namespace));
    }

    private static async Task WriteAsync(string file, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await DurableFile.WriteAsync(file, bytes, overwrite: true, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlackstartException(
                "BS4615",
                ExitCode.CouldNotVerify,
                $"writing the capture {file}",
                e.Message.TrimEnd('.'),
                "Check that you may write there and that its disk has room; an earlier capture is as it was",
                e);
        }
    }

    /// <summary>A link stays a link: what it leads to is replaced.</summary>
    private static string ResolveLink(string path) =>
        (new FileInfo(path).LinkTarget is null ? null : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName) ?? Path.GetFullPath(path);

    private IReadOnlyList<CapturedObject> OfKind(CapturedKind kind) => [.. _objects.OfKind(kind)];
}
