using System.Globalization;
using System.Text.RegularExpressions;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Files;

/// <summary>Which folders are Longhorn's own: nothing is ever made in them, whatever name they are reached by.</summary>
internal static partial class LonghornFolders
{
    private const string Mounts = "/proc/self/mountinfo";
    private const string VolumeMetadata = "volume.meta";

    private static readonly EnumerationOptions Unhindered = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };

    /// <summary>Checks that neither a folder nor one above it is Longhorn's: links are followed, and a part of a disk that is mounted elsewhere is looked at in its own place too.</summary>
    /// <param name="folder">The folder that something would lie in, absolute.</param>
    /// <param name="named">What the operator named.</param>
    /// <exception cref="SalvageException">It is.</exception>
    /// <exception cref="IOException">The path has too many links or cannot be asked.</exception>
    internal static void Refuse(string folder, string named)
    {
        var real = RealPath.Of(folder);
        foreach (var place in OwnPlaces(real).Prepend(real))
        {
            for (var above = place; above is not null; above = Path.GetDirectoryName(above))
            {
                if (IsLonghorns(above))
                {
                    throw new SalvageException(SalvageCode.TargetInsideReplica, $"{named} would lie in {above}, which belongs to Longhorn");
                }
            }
        }
    }

    private static bool IsLonghorns(string folder) =>
        Directory.Exists(folder)
        && (IsReplica(folder)
        || (Path.GetFileName(folder) is "replicas" or "backing-images" && File.Exists(Path.Combine(folder, "..", "longhorn-disk.cfg")))
        || (Path.GetFileName(folder) is "replicas" && Directory.EnumerateDirectories(folder, "*-*", Unhindered).Any(child => ReplicaName.TryParse(Path.GetFileName(child), out _) && File.Exists(Path.Combine(child, VolumeMetadata)))));

    private static bool IsReplica(string folder) =>
        File.Exists(Path.Combine(folder, VolumeMetadata)) || Directory.EnumerateFiles(folder, "volume-head-*.img", Unhindered).Any();

    /// <summary>Where a folder below a bind mount lies by the other mounts of its file system, as far as they show it.</summary>
    private static IEnumerable<string> OwnPlaces(string real)
    {
        // mountinfo (proc_pid_mountinfo(5)): id, parent, device, root within the file system, mount point, …
        var mounts = (File.Exists(Mounts) ? File.ReadAllLines(Mounts) : [])
            .Select(line => line.Split(' '))
            .Where(fields => fields.Length > 4)
            .Select(fields => (Device: fields[2], Root: Unescaped(fields[3]), Point: Unescaped(fields[4])))
            .ToList();
        var (device, root, point) = mounts.Where(mount => IsWithin(real, mount.Point)).DefaultIfEmpty().MaxBy(mount => mount.Point?.Length ?? 0);
        if (root is null or "/")
        {
            yield break;
        }

        var inside = Joined(root, Below(real, point));
        var identity = ReadOnlyDirectory.StatusBehind(real)?.Identity;
        foreach (var other in mounts.Where(mount => mount.Device == device && mount.Root != root && IsWithin(inside, mount.Root)))
        {
            var place = Joined(other.Point, Below(inside, other.Root));
            if (ReadOnlyDirectory.StatusBehind(place) is { } status && status.Identity == identity)
            {
                yield return place;
            }
        }
    }

    private static bool IsWithin(string path, string folder) =>
        folder == "/" || path == folder || (path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/');

    private static string Below(string path, string folder) => (folder == "/" ? path : path[folder.Length..]).TrimStart('/');

    private static string Joined(string folder, string below) => below.Length == 0 ? folder : Path.Combine(folder, below);

    private static string Unescaped(string field) =>
        Octal().Replace(field, match => ((char)Convert.ToInt32(match.Value[1..], 8)).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\\[0-7]{3}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Octal();
}
