using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Devices;
using Blackstart.Systems.Kubernetes;
using YamlDotNet.Core;

namespace Blackstart.Systems.Longhorn;

/// <summary>
/// What is needed to make volumes again: Volume, PersistentVolume and PersistentVolumeClaim objects in a YAML file that
/// <c>kubectl apply</c> takes. Never status, Engine or Replica objects: applied back, they destroy data.
/// </summary>
public static class LonghornCapture
{
    /// <summary>Annotation on a captured Volume: what the volume held, such as <c>ext4:UUID</c>.</summary>
    public const string ContentAnnotation = "blackstart.dev/content";

    /// <summary>Annotation on a captured Volume: the names of the directories that were its replicas, separated by spaces.</summary>
    public const string ReplicasAnnotation = "blackstart.dev/replicas";

    // Fields of Volume.spec that a live cluster sets or that would start a restore or clone when applied.
    private static readonly string[] LiveFields =
    [
        "nodeID", "engineNodeID", "migrationNodeID", "lastAttachedBy", "disableFrontend", "fromBackup", "dataSource", "cloneMode", "Standby", "snapshotHashingRequestedAt",
    ];

    // What the last apply and the volume binder wrote: with the binder's marks a claim made anew would count as bound before, and lost.
    private static readonly string[] LiveAnnotations =
    [
        "kubectl.kubernetes.io/last-applied-configuration", "pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller",
    ];

    /// <summary>Captures every volume of a namespace.</summary>
    /// <param name="reader">The cluster.</param>
    /// <param name="namespace">Longhorn's namespace.</param>
    /// <param name="path">The file to write; replaced whole.</param>
    /// <param name="cancellationToken">Ends the capture; an earlier file is left as it is.</param>
    public static async Task TakeAsync(KubernetesReader reader, string @namespace, string path, CancellationToken cancellationToken)
    {
        var api = new LonghornApi(reader, @namespace);
        var persistent = await reader.ListAsync("/api/v1/persistentvolumes", cancellationToken);
        var claims = await reader.ListAsync("/api/v1/persistentvolumeclaims", cancellationToken);
        var text = new StringBuilder();
        foreach (var volume in await api.ListVolumesAsync(cancellationToken))
        {
            var name = volume["metadata"]!["name"]!.GetValue<string>();
            var state = await api.FindVolumeAsync(name, cancellationToken);
            text.Append(YamlDocuments.Write(await CleanVolumeAsync(volume, state, cancellationToken)));
            foreach (var binding in persistent.Where(p => p["spec"]?["csi"]?["volumeHandle"]?.GetValue<string>() == name))
            {
                text.Append(YamlDocuments.Write(Clean(binding, "v1", "PersistentVolume")));
                var claim = claims.FirstOrDefault(c => c["spec"]?["volumeName"]?.GetValue<string>() == binding["metadata"]!["name"]!.GetValue<string>());
                text.Append(claim is null ? "" : YamlDocuments.Write(Clean(claim, "v1", "PersistentVolumeClaim")));
            }
        }

        RefuseWorse(path, text.ToString());
        WriteDurably(path, text.ToString());
    }

    private static void WriteDurably(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".writing";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>A capture of volumes that were just lost must not replace the one that says what they were.</summary>
    private static void RefuseWorse(string path, string text)
    {
        var now = Captured(YamlDocuments.Parse(text));
        var before = File.Exists(path) ? Captured(YamlDocuments.Parse(File.ReadAllText(path))) : [];
        var emptied = now.Where(n => n.Content == DeviceContent.Blank && before.Any(b => b.Name == n.Name && b.Content != DeviceContent.Blank)).ToList();
        if (now.Count == 0 || emptied.Count > 0)
        {
            throw new BlackstartException(
                "BS4610",
                ExitCode.Negative,
                $"capturing the volumes into {path}",
                now.Count == 0 ? "the cluster knows no volume" : $"{string.Join(", ", emptied.Select(v => v.Name))} held data when last captured and is empty now",
                "The earlier capture was left as it is: recover from it with `blackstart recover`");
        }
    }

    private static List<CapturedVolume> Captured(IReadOnlyList<JsonObject> objects) =>
        [.. objects.Where(o => Kind(o) == "Volume").Select(v => Captured(v, objects)).OrderBy(v => v.Name, StringComparer.Ordinal)];

    /// <summary>The volumes of a capture, in the order of their names.</summary>
    /// <exception cref="BlackstartException"><c>BS4602</c>: the file is missing or is no capture.</exception>
    internal static IReadOnlyList<CapturedVolume> Load(string path)
    {
        try
        {
            var volumes = Captured(YamlDocuments.Parse(File.ReadAllText(path)));
            return volumes.Count > 0 ? volumes : throw new FormatException("it holds no Volume");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException or FormatException or NullReferenceException or InvalidOperationException or InvalidCastException or OverflowException)
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

    private static CapturedVolume Captured(JsonObject volume, IReadOnlyList<JsonObject> objects)
    {
        var name = Name(volume);
        var persistent = objects.Where(o => Kind(o) == "PersistentVolume" && o["spec"]?["csi"]?["volumeHandle"]?.GetValue<string>() == name).ToList();
        var claims = objects.Where(o => Kind(o) == "PersistentVolumeClaim" && persistent.Exists(p => Name(p) == o["spec"]?["volumeName"]?.GetValue<string>())).ToList();
        (string, string)? claim = claims.Count > 0 ? (claims[0]["metadata"]!["namespace"]!.GetValue<string>(), Name(claims[0])) : null;
        return new CapturedVolume(
            name,
            long.Parse(volume["spec"]!["size"]!.ToString(), CultureInfo.InvariantCulture),
            Annotation(volume, ContentAnnotation),
            Annotation(volume, ReplicasAnnotation)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [],
            YamlDocuments.Write(volume),
            string.Concat(persistent.Concat(claims).Select(YamlDocuments.Write)),
            claim);
    }

    private static async Task<JsonObject> CleanVolumeAsync(JsonObject volume, VolumeState? state, CancellationToken cancellationToken)
    {
        var clean = Clean(volume, "longhorn.io/v1beta2", "Volume");
        var spec = clean["spec"]!.AsObject();
        foreach (var field in LiveFields)
        {
            spec.Remove(field);
        }

        var annotations = clean["metadata"]!["annotations"]?.DeepClone().AsObject() ?? [];
        if (state?.Endpoint is { } endpoint)
        {
            await using var device = await DeviceEndpoint.OpenAsync(endpoint, cancellationToken);
            annotations[ContentAnnotation] = DeviceContent.WordOf(await DeviceContent.ReadAsync(device, cancellationToken));
        }

        annotations[ReplicasAnnotation] = string.Join(' ', (state?.Directories ?? []).Select(d => d.Directory).Order(StringComparer.Ordinal));
        clean["metadata"]!["annotations"] = annotations;
        return clean;
    }

    private static JsonObject Clean(JsonObject from, string apiVersion, string kind)
    {
        var metadata = new JsonObject { ["name"] = Name(from) };
        foreach (var kept in (string[])["namespace", "labels", "annotations"])
        {
            if (from["metadata"]?[kept] is { } value)
            {
                metadata[kept] = value.DeepClone();
            }
        }

        foreach (var live in LiveAnnotations)
        {
            metadata["annotations"]?.AsObject().Remove(live);
        }

        var spec = from["spec"]!.DeepClone().AsObject();
        if (spec["claimRef"] is JsonObject claim)
        {
            // With the old claim's uid the volume would stay Released for ever.
            claim.Remove("uid");
            claim.Remove("resourceVersion");
        }

        return new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata, ["spec"] = spec };
    }

    private static string? Annotation(JsonObject o, string name) => o["metadata"]?["annotations"]?[name]?.GetValue<string>();

    private static string Kind(JsonObject o) => o["kind"]?.GetValue<string>() ?? "";

    private static string Name(JsonObject o) => o["metadata"]!["name"]!.GetValue<string>();
}
