using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Scanning;

/// <summary>Finds Longhorn disks and replica directories under any folders, groups the replicas by volume and chooses among them. Reads only, follows no link.</summary>
public sealed class ReplicaScan
{
    private const int Deepest = 8;
    private const string DiskFile = "longhorn-disk.cfg";
    private const string ReplicasFolder = "replicas";
    private readonly SortedDictionary<string, FoundDisk> _disks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _volumes = new(StringComparer.Ordinal);
    private readonly List<string> _unreadable = [];

    /// <summary>Finds replica directories by name, without judging them.</summary>
    /// <param name="roots">Where to look: disks, folders above them, <c>replicas</c> folders, or replica directories themselves.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Paths by name of volume.</returns>
    /// <exception cref="SalvageException">A root does not exist.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Find(IReadOnlyList<string> roots, CancellationToken cancellationToken)
    {
        var scan = new ReplicaScan();
        scan.Search(roots, cancellationToken);
        return scan._volumes.ToDictionary(volume => volume.Key, volume => (IReadOnlyList<string>)[.. volume.Value], StringComparer.Ordinal);
    }

    /// <summary>Finds, judges and chooses. One volume's replicas are open at a time.</summary>
    /// <param name="roots">Where to look, as for <see cref="Find"/>.</param>
    /// <param name="judging">How to judge; null for the defaults without checksums.</param>
    /// <param name="choosing">How to choose; null for the defaults without a comparison of contents.</param>
    /// <param name="cancellationToken">Stops the scan.</param>
    /// <exception cref="SalvageException">A root does not exist.</exception>
    public static ScanReport Run(IReadOnlyList<string> roots, JudgingOptions? judging, ChoosingOptions? choosing, CancellationToken cancellationToken)
    {
        var scan = new ReplicaScan();
        scan.Search(roots, cancellationToken);
        judging ??= new JudgingOptions { Checksums = ChecksumPolicy.Never };
        judging = judging with
        {
            OpenFiles = judging.OpenFiles ?? OpenFileTable.Take(),
            DiskRoots = [.. judging.DiskRoots, .. scan._disks.Keys],
        };
        choosing ??= new ChoosingOptions { CompareContents = false };
        var volumes = new FoundVolume[scan._volumes.Count];
        var names = scan._volumes.ToArray();
        Parallel.For(
            0,
            names.Length,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => volumes[i] = new FoundVolume(names[i].Key, Choose(names[i].Value, judging, choosing, cancellationToken)));
        return new ScanReport([.. scan._disks.Values], volumes, scan._unreadable);
    }

    private static ReplicaChoice Choose(IEnumerable<string> paths, JudgingOptions judging, ChoosingOptions choosing, CancellationToken cancellationToken)
    {
        var replicas = new List<ReplicaDirectory>();
        try
        {
            foreach (var path in paths)
            {
                replicas.Add(ReplicaDirectory.Open(path, judging, cancellationToken));
            }

            return ReplicaChooser.Choose(replicas, choosing, cancellationToken);
        }
        finally
        {
            replicas.ForEach(replica => replica.Dispose());
        }
    }

    private void Search(IReadOnlyList<string> roots, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(roots);
        foreach (var root in roots)
        {
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
            if (ReadOnlyDirectory.StatusBehind(full) is not { Kind: FileKind.Directory })
            {
                throw new SalvageException(SalvageCode.DirectoryUnreadable, $"{full} is not a directory that can be looked into");
            }

            Search(full, 0, cancellationToken);
        }
    }

    private void Search(string folder, int depth, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (IsReplica(folder, out var name))
            {
                _volumes.TryAdd(name.Volume, new SortedSet<string>(StringComparer.Ordinal));
                _volumes[name.Volume].Add(folder);
                return;
            }

            if (File.Exists(Path.Combine(folder, DiskFile)))
            {
                _disks[folder] = new FoundDisk(folder, ReadUuid(folder));
            }

            if (depth == Deepest)
            {
                return;
            }

            foreach (var child in new DirectoryInfo(folder).EnumerateDirectories())
            {
                if (child.LinkTarget is null && child.FullName is not ("/proc" or "/sys" or "/dev"))
                {
                    Search(child.FullName, depth + 1, cancellationToken);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _unreadable.Add(folder);
        }
    }

    /// <summary>In a <c>replicas</c> folder the name is enough, so that damaged ones are told too; elsewhere there must be something in it.</summary>
    private static bool IsReplica(string folder, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ReplicaName? name) =>
        ReplicaName.TryParse(Path.GetFileName(folder), out name)
        && (string.Equals(Path.GetFileName(Path.GetDirectoryName(folder)), ReplicasFolder, StringComparison.Ordinal)
            || File.Exists(Path.Combine(folder, "volume.meta"))
            || Directory.EnumerateFiles(folder, "volume-head-*.img").Any());

    private static string? ReadUuid(string folder)
    {
        try
        {
            using var directory = ReadOnlyDirectory.Open(folder);
            if (directory.StatusOfEntry(DiskFile) is not { Kind: FileKind.Regular, Length: > 0 and <= MetadataFile.LargestLength } status)
            {
                return null;
            }

            using var handle = directory.OpenFile(DiskFile);
            var content = new byte[status.Length];
            ImageReader.Read(handle, DiskFile, content.Length, 0, content);
            return MetadataFile.Parse(DiskFile, content).Text("diskUUID") is { Length: > 0 } uuid ? uuid : null;
        }
        catch (Exception failure) when (failure is MetadataException or SalvageException)
        {
            return null;
        }
    }
}
