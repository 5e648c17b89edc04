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

    /// <summary>Folders that were looked into, and how deep: one that is mounted twice holds the same replicas.</summary>
    private readonly Dictionary<FileIdentity, int> _visited = [];

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

    /// <summary>Finds, judges and chooses, without fingerprints.</summary>
    /// <param name="roots">Where to look, as for <see cref="Find"/>.</param>
    /// <param name="judging">How to judge; null for the defaults without checksums.</param>
    /// <param name="choosing">How to choose; null for the defaults without a comparison of contents.</param>
    /// <param name="cancellationToken">Stops the scan.</param>
    /// <exception cref="SalvageException">A root does not exist.</exception>
    public static ScanReport Run(IReadOnlyList<string> roots, JudgingOptions? judging, ChoosingOptions? choosing, CancellationToken cancellationToken)
    {
        var options = new ScanOptions();
        return Run(roots, options with { Judging = judging ?? options.Judging, Choosing = choosing ?? options.Choosing }, cancellationToken);
    }

    /// <summary>Finds, judges and chooses. On each processor one volume's replicas are open at a time.</summary>
    /// <param name="roots">Where to look, as for <see cref="Find"/>; also block devices, of which it is told whether the V2 data engine uses them.</param>
    /// <param name="options">What to look for and how closely.</param>
    /// <param name="cancellationToken">Stops the scan.</param>
    /// <exception cref="SalvageException">A root does not exist.</exception>
    public static ScanReport Run(IReadOnlyList<string> roots, ScanOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var scan = new ReplicaScan();
        scan.Search(roots, cancellationToken);
        var judging = options.Judging with
        {
            OpenFiles = options.Judging.OpenFiles ?? OpenFileTable.Take(),
            DiskRoots = [.. options.Judging.DiskRoots, .. scan._disks.Values.Where(disk => !disk.IsSecondEngine).Select(disk => disk.Path)],
        };
        var found = scan._volumes.Where(volume => options.Volume is null || string.Equals(volume.Key, options.Volume, StringComparison.Ordinal)).ToArray();
        var volumes = new FoundVolume[found.Length];
        Parallel.For(
            0,
            found.Length,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => volumes[i] = new FoundVolume(found[i].Key, Choose(found[i].Value, judging, options, cancellationToken)));
        return new ScanReport([.. scan._disks.Values], volumes, scan._unreadable) { Roots = [.. roots.Select(Path.GetFullPath)], Volume = options.Volume };
    }

    private static ReplicaChoice Choose(IEnumerable<string> paths, JudgingOptions judging, ScanOptions options, CancellationToken cancellationToken)
    {
        var replicas = new List<ReplicaDirectory>();
        try
        {
            foreach (var path in paths)
            {
                replicas.Add(ReplicaDirectory.Open(path, judging, cancellationToken));
            }

            return ReplicaChooser.Choose(replicas, options.Choosing, options.WithFingerprints, cancellationToken);
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
            var full = Resolved(root);
            switch (ReadOnlyDirectory.StatusBehind(full))
            {
                case { Kind: FileKind.Directory }:
                    Search(full, 0, cancellationToken);
                    break;
                case { Kind: FileKind.BlockDevice or FileKind.Regular } when SecondEngineDisk.Is(full):
                    _disks[full] = new FoundDisk(full, null, FoundDisk.SecondEngine);
                    break;
                default:
                    throw new SalvageException(SalvageCode.DirectoryUnreadable, $"{full} is not a directory that can be looked into");
            }
        }
    }

    /// <summary>What an operator names may be a link, such as <c>/var/lib/longhorn</c> to a larger disk; nothing below it may.</summary>
    private static string Resolved(string root)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        try
        {
            return RealPath.Of(full);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return full;
        }
    }

    private void Search(string folder, int depth, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // In a folder of replicas the name is enough, so that damaged ones are told too.
            if (ReplicaName.TryParse(Path.GetFileName(folder), out var name)
                && Path.GetFileName(Path.GetDirectoryName(folder.AsSpan())).SequenceEqual(ReplicasFolder))
            {
                Add(name, folder);
                return;
            }

            List<string> children;
            using (var directory = ReadOnlyDirectory.Open(folder))
            {
                var entries = directory.Entries();
                if (name is not null && entries.Exists(IsOfReplica))
                {
                    Add(name, folder);
                    return;
                }

                if (entries.Exists(entry => string.Equals(entry.Name, DiskFile, StringComparison.Ordinal)))
                {
                    _disks[folder] = ReadDisk(folder);
                }

                if (depth == Deepest || (_visited.TryGetValue(directory.Status.Identity, out var before) && before <= depth))
                {
                    return;
                }

                _visited[directory.Status.Identity] = depth;

                children = ChildrenOf(directory, entries);
            }

            foreach (var child in children)
            {
                Search(child, depth + 1, cancellationToken);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _unreadable.Add(folder);
        }
    }

    private void Add(ReplicaName name, string folder)
    {
        if (!_volumes.TryGetValue(name.Volume, out var paths))
        {
            _volumes.Add(name.Volume, paths = new SortedSet<string>(StringComparer.Ordinal));
        }

        paths.Add(folder);
    }

    /// <summary>Elsewhere there must be something in it.</summary>
    private static bool IsOfReplica(DirectoryEntry entry) =>
        string.Equals(entry.Name, "volume.meta", StringComparison.Ordinal)
        || (entry.Name.StartsWith(LayerName.HeadPrefix, StringComparison.Ordinal) && entry.Name.EndsWith(LayerName.ImageSuffix, StringComparison.Ordinal));

    private static List<string> ChildrenOf(ReadOnlyDirectory directory, List<DirectoryEntry> entries)
    {
        var children = new List<string>();
        foreach (var entry in entries)
        {
            if (entry.Kind is FileKind.Directory or FileKind.Other && Path.Combine(directory.Path, entry.Name) is not ("/proc" or "/sys" or "/dev") and var child && IsFolder(directory, entry))
            {
                children.Add(child);
            }
        }

        return children;
    }

    private static bool IsFolder(ReadOnlyDirectory directory, DirectoryEntry entry)
    {
        try
        {
            return entry.Kind == FileKind.Directory || directory.StatusOfEntry(entry.Name) is { Kind: FileKind.Directory };
        }
        catch (IOException)
        {
            // Told when it is looked into; its neighbours are looked into all the same.
            return true;
        }
    }

    private static FoundDisk ReadDisk(string folder)
    {
        try
        {
            using var directory = ReadOnlyDirectory.Open(folder);
            if (directory.StatusOfEntry(DiskFile) is { Kind: FileKind.Regular, Length: > 0 and <= MetadataFile.LargestLength } status)
            {
                using var handle = directory.OpenFile(DiskFile);
                var content = new byte[status.Length];
                ImageReader.Read(handle, DiskFile, content.Length, 0, content);
                var record = MetadataFile.Parse(DiskFile, content);
                return new FoundDisk(
                    folder,
                    record.Text("diskUUID") is { Length: > 0 } uuid ? uuid : null,
                    SecondEngineDisk.Is(record) ? FoundDisk.SecondEngine : FoundDisk.FirstEngine);
            }
        }
        catch (Exception failure) when (failure is MetadataException or SalvageException or IOException or UnauthorizedAccessException)
        {
            // A disk it is all the same, and its replicas are to be found; only its name is not known.
        }

        return new FoundDisk(folder, null);
    }
}
