using Blackstart.Longhorn.BackingImages;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Replicas;

/// <summary>Judges one replica directory: goes through every check, keeps what it opened if the replica passes, closes it otherwise.</summary>
internal sealed class ReplicaJudging(string path, JudgingOptions options)
{
    private const int MostLayers = 250;
    private const int SectorSize = 512;

    /// <summary>4 EiB: beyond what a file system of today holds in a file, and far enough from the end of the number range to count on.</summary>
    private const long LargestSize = 1L << 62;

    /// <summary>Of a kind of remark, so many are told one by one: a folder full of odd files must not fill the report.</summary>
    private const int MostRemarksOfACode = 100;
    private const long PreferredSizeUnit = 2 << 20;
    private const string VolumeMetadata = "volume.meta";

    private readonly List<Finding> _findings = [];
    private readonly List<ReplicaLayer> _layers = [];
    private readonly List<string> _followed = [];
    private readonly Dictionary<string, int> _remarks = new(StringComparer.Ordinal);
    private List<string> _names = [];
    private ReplicaMetadata? _metadata;
    private BackingImage? _backing;
    private long? _counter;
    private DateTimeOffset? _newestWrite;
    private long _allocated;

    private bool IsRefused => _findings.Exists(finding => finding.Kind == FindingKind.Refusal);

    internal ReplicaJudgement Run(CancellationToken cancellationToken, out ReplicaChain? chain)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!ReplicaName.TryParse(Path.GetFileName(full), out var name))
        {
            Refuse(SalvageCode.NotAReplicaName, $"{Path.GetFileName(full)} is not the name of a replica directory");
        }

        try
        {
            using var directory = ReadOnlyDirectory.Open(full);
            _names = directory.Names();
            Judge(directory, full, cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Before its name, which does not matter then.
            _findings.Insert(0, new Finding(FindingKind.Refusal, SalvageCode.DirectoryUnreadable, failure.Message));
        }

        chain = null;
        var summaries = Summaries();
        if (IsRefused)
        {
            CloseLayers();
        }
        else
        {
            chain = new ReplicaChain(_metadata!.Size, [.. _layers], _backing);
        }

        return new ReplicaJudgement(
            full,
            name,
            _metadata,
            _counter,
            summaries,
            _allocated,
            _newestWrite,
            _backing?.Path,
            [.. _findings.OrderByDescending(finding => finding.Kind)]);
    }

    /// <summary>Opens the chain that ends in a snapshot, of a directory that was judged before, by the same rules. The findings are those that concern it.</summary>
    /// <exception cref="SalvageException">There is no such snapshot, or its chain is refused.</exception>
    internal ReplicaChain OpenSnapshot(string snapshot, ReplicaMetadata metadata, CancellationToken cancellationToken, out IReadOnlyList<Finding> findings)
    {
        try
        {
            using var directory = ReadOnlyDirectory.Open(path);
            _names = directory.Names();
            _metadata = metadata;
            var image = LayerName.SnapshotPrefix + snapshot + LayerName.ImageSuffix;
            if (!LayerName.IsSnapshot(image) || !_names.Contains(image + LayerName.MetadataSuffix, StringComparer.Ordinal))
            {
                var known = SnapshotsAmong(_names);
                throw new SalvageException(
                    SalvageCode.SnapshotUnknown,
                    $"there is no snapshot {Quoted(snapshot)}; {(known.Count == 0 ? "the replica has none" : $"the replica has {string.Join(", ", known)}")}");
            }

            JudgeSnapshot(directory, image, cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Refuse(SalvageCode.DirectoryUnreadable, failure.Message);
        }

        findings = [.. _findings.OrderByDescending(finding => finding.Kind)];
        return findings is [{ Kind: FindingKind.Refusal } refusal, ..]
            ? throw new SalvageException(refusal.Code, refusal.Reason)
            : new ReplicaChain(SizeOfSnapshot(metadata), [.. _layers], _backing);
    }

    /// <summary>Names of the snapshots among the names of files, as <see cref="OpenSnapshot"/> takes them.</summary>
    internal static List<string> SnapshotsAmong(IEnumerable<string> names) =>
        [.. names.Where(LayerName.IsSnapshot).Select(LayerName.SnapshotOf)];

    internal void CloseLayers()
    {
        foreach (var layer in _layers)
        {
            layer.Dispose();
        }

        ((IDisposable?)_backing)?.Dispose();
    }

    private void Judge(ReadOnlyDirectory directory, string full, CancellationToken cancellationToken)
    {
        // First of all: what a process is changing right now is not told to be damaged.
        JudgeUse(directory, full);
        CountAllocated(directory);
        if (ReadMetadata(directory) is not { } metadata)
        {
            return;
        }

        _metadata = metadata;
        JudgeMetadata(metadata);
        ReadCounter(directory);
        JudgeOthers();
        if (!FollowChain(directory, metadata.Head, LayerName.IsHead))
        {
            return;
        }

        JudgeLengths(metadata.Size);
        JudgeStrays(directory);
        FindBackingImage(metadata, full);
        if (!_findings.Exists(finding => finding.Code is SalvageCode.LayerLengthInvalid or SalvageCode.SizeInvalid))
        {
            JudgeAllocation(directory, metadata.Size, cancellationToken);
        }

        if (!IsRefused)
        {
            JudgeChecksums(directory, _layers.Skip(1), cancellationToken);
        }
    }

    private void JudgeSnapshot(ReadOnlyDirectory directory, string image, CancellationToken cancellationToken)
    {
        if (!FollowChain(directory, image, LayerName.IsSnapshot))
        {
            return;
        }

        if (_layers[0].Metadata.Removed)
        {
            Warn(SalvageCode.SnapshotRemoved, $"{image} is marked as removed: what the layers above it replaced may already be gone from it");
        }

        // One that is longer than the volume is found here, as its size is then taken for the volume's.
        JudgeLengths(SizeOfSnapshot(_metadata!));
        FindBackingImage(_metadata!, path);
        if (!IsRefused)
        {
            JudgeAllocation(directory, SizeOfSnapshot(_metadata!), cancellationToken, mayBeEmpty: true);
        }

        if (!IsRefused)
        {
            JudgeChecksums(directory, _layers, cancellationToken);
        }
    }

    /// <summary>A snapshot from before an expansion is as long as the volume was then; one that is rounded up to a block is no longer than the volume.</summary>
    private long SizeOfSnapshot(ReplicaMetadata metadata) => Math.Min(_layers[0].Length, metadata.Size);

    private ReplicaMetadata? ReadMetadata(ReadOnlyDirectory directory)
    {
        try
        {
            if (ReadSmall(directory, VolumeMetadata, MetadataFile.LargestLength) is { Length: > 0 } content)
            {
                return MetadataFile.Parse(VolumeMetadata, content).ToReplica();
            }
        }
        catch (MetadataException failure)
        {
            Refuse(failure.Code, failure.Message);
            return null;
        }

        return Conclude(directory);
    }

    /// <summary>Without <c>volume.meta</c> the engine takes the first head it finds. That is only safe if there is just one.</summary>
    private ReplicaMetadata? Conclude(ReadOnlyDirectory directory)
    {
        var heads = _names.FindAll(name => name.Contains("volume-head", StringComparison.Ordinal) && name.EndsWith(LayerName.ImageSuffix, StringComparison.Ordinal));
        if (heads.Count != 1 || directory.StatusOfEntry(heads[0]) is not { Kind: FileKind.Regular } status)
        {
            Refuse(SalvageCode.VolumeMetadataMissing, $"{VolumeMetadata} is missing or empty and there are {heads.Count} heads instead of one");
            return null;
        }

        Warn(SalvageCode.VolumeMetadataConcluded, $"{VolumeMetadata} is missing or empty; head and size are taken from {heads[0]}; whether a rebuild was going on, or a backing image belongs below, is not known");
        return new ReplicaMetadata(status.Length, heads[0], Dirty: true, Rebuilding: false, string.Empty, SectorSize, string.Empty, Encrypted: false);
    }

    private void JudgeMetadata(ReplicaMetadata metadata)
    {
        if (metadata.Size <= 0 || metadata.Size % SectorSize != 0)
        {
            Refuse(SalvageCode.SizeInvalid, $"{VolumeMetadata} gives a size of {metadata.Size} bytes, which is not a positive multiple of {SectorSize}");
        }
        else if (metadata.Size > LargestSize)
        {
            Refuse(SalvageCode.SizeInvalid, $"{VolumeMetadata} gives a size of {metadata.Size} bytes, more than a file can hold");
        }
        else if (metadata.Size % PreferredSizeUnit != 0)
        {
            Warn(SalvageCode.MetadataUnusual, $"{VolumeMetadata} gives a size of {metadata.Size} bytes, which is not a multiple of 2 MiB");
        }

        if (metadata.SectorSize is not (0 or SectorSize))
        {
            Warn(SalvageCode.MetadataUnusual, $"{VolumeMetadata} gives a sector size of {metadata.SectorSize} bytes instead of {SectorSize}");
        }

        if (metadata.Rebuilding)
        {
            Refuse(SalvageCode.Rebuilding, $"{VolumeMetadata} says that the replica was being rebuilt, so its snapshots are incomplete");
        }

        if (metadata.Error.Length > 0)
        {
            Refuse(SalvageCode.EngineError, $"{VolumeMetadata} records a fatal error: {Quoted(metadata.Error)}");
        }
    }

    private void ReadCounter(ReadOnlyDirectory directory)
    {
        try
        {
            if (ReadSmall(directory, RevisionCounter.FileName, RevisionCounter.FileLength) is not { } content)
            {
                return;
            }

            if (RevisionCounter.TryParse(content, out var value))
            {
                _counter = value;
                return;
            }
        }
        catch (MetadataException)
        {
            // Told below like a counter that is no number.
        }

        Warn(SalvageCode.RevisionCounterUnreadable, $"{RevisionCounter.FileName} holds no number");
    }

    private bool FollowChain(ReadOnlyDirectory directory, string head, Predicate<string> mayBegin)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var from = VolumeMetadata;
        for (var name = head; seen.Count == 0 || name.Length > 0;)
        {
            var expected = seen.Count == 0 ? mayBegin(name) : LayerName.IsSnapshot(name);
            if (!expected)
            {
                Refuse(SalvageCode.LayerNameInvalid, $"{from} names {Quoted(name)}, which is not the name of a {(seen.Count == 0 ? "head" : "snapshot")}");
                return false;
            }

            if (!seen.Add(name))
            {
                Refuse(SalvageCode.ChainCyclic, $"{from} leads back to {name}");
                return false;
            }

            if (seen.Count > MostLayers)
            {
                Refuse(SalvageCode.ChainTooLong, $"the chain from {head} has more than {MostLayers} layers");
                return false;
            }

            if (OpenLayer(directory, name) is not { } layer)
            {
                return false;
            }

            (from, name) = (name + LayerName.MetadataSuffix, layer.Metadata.Parent);
        }

        return true;
    }

    private ReplicaLayer? OpenLayer(ReadOnlyDirectory directory, string image)
    {
        LayerMetadata metadata;
        var file = image + LayerName.MetadataSuffix;
        try
        {
            var status = directory.StatusOfEntry(image);
            _followed.Add(image);
            if (ReadSmall(directory, file, MetadataFile.LargestLength) is not { } content)
            {
                Refuse(SalvageCode.LayerMissing, status is null ? $"layer {image} of the chain is missing" : $"{file} of the chain is missing");
                return null;
            }

            metadata = MetadataFile.Parse(file, content).ToLayer();
            if (status is null)
            {
                Refuse(SalvageCode.LayerMissing, $"the image {image} of the chain is missing, though its metadata is there");
                return null;
            }
        }
        catch (MetadataException failure)
        {
            Refuse(failure.Code, failure.Message);
            return null;
        }

        return OpenImage(directory, image, metadata);
    }

    private ReplicaLayer? OpenImage(ReadOnlyDirectory directory, string image, LayerMetadata metadata)
    {
        try
        {
            if (OpenRegular(directory, image) is not { } opened)
            {
                return null;
            }

            var layer = new ReplicaLayer(image, metadata, opened.Handle, opened.Status);
            if (_layers.Count == 0)
            {
                _newestWrite = layer.Modified;
            }

            _layers.Add(layer);
            return layer;
        }
        catch (MetadataException failure)
        {
            Refuse(failure.Code, failure.Message);
            return null;
        }
    }

    private void JudgeLengths(long size)
    {
        var head = _layers[0];
        if (head.Length != size && head.Length != BlockAlignment.Up(size))
        {
            Refuse(SalvageCode.LayerLengthInvalid, $"{head.Name} is {head.Length} bytes long, the volume {size}");
        }

        for (var i = 0; i < _layers.Count; i++)
        {
            var layer = _layers[i];
            if (layer.Length <= 0 || layer.Length % SectorSize != 0)
            {
                Refuse(SalvageCode.LayerLengthInvalid, $"{layer.Name} is {layer.Length} bytes long, which is not a positive multiple of {SectorSize}");
            }
            else if (i > 0 && layer.Length > _layers[i - 1].Length)
            {
                Refuse(SalvageCode.LayerLengthInvalid, $"{layer.Name} is longer than {_layers[i - 1].Name} above it ({layer.Length} and {_layers[i - 1].Length} bytes)");
            }
        }
    }

    /// <summary>Known also of a directory whose metadata is lost: what it occupies tells whether its data may still be there.</summary>
    private void CountAllocated(ReadOnlyDirectory directory)
    {
        var counted = new HashSet<FileIdentity>();
        foreach (var name in _names)
        {
            if (directory.StatusOfEntry(name) is { Kind: FileKind.Regular } status && counted.Add(status.Identity))
            {
                _allocated += status.Allocated;
            }
        }
    }

    /// <summary>Files that do not belong to the chain as far as names tell: an unfinished restore or clone.</summary>
    private void JudgeOthers()
    {
        foreach (var name in _names)
        {
            if (name.StartsWith("volume-delta-", StringComparison.Ordinal) || name.EndsWith(".snap_tmp", StringComparison.Ordinal))
            {
                Refuse(SalvageCode.RestoreUnfinished, $"{Quoted(name)} is left from a restore that was not finished");
            }
        }
    }

    /// <summary>Files that do not belong to the chain: what a crash leaves is harmless, a snapshot without metadata is not.</summary>
    private void JudgeStrays(ReadOnlyDirectory directory)
    {
        var present = new HashSet<string>(_names, StringComparer.Ordinal);
        var inChain = new HashSet<string>(_layers.Select(layer => layer.Name), StringComparer.Ordinal);
        var files = new HashSet<FileIdentity>(_layers.Select(layer => layer.Status.Identity));
        foreach (var name in _names)
        {
            if (name.EndsWith(LayerName.MetadataSuffix, StringComparison.Ordinal))
            {
                if (!string.Equals(name, VolumeMetadata, StringComparison.Ordinal) && !inChain.Contains(name[..^LayerName.MetadataSuffix.Length]))
                {
                    JudgeStrayMetadata(directory, name);
                }
            }
            else if (LayerName.IsSnapshot(name) && !present.Contains(name + LayerName.MetadataSuffix))
            {
                // A snapshot is made by linking the old head to it first and its metadata second: a second name of a
                // layer is a crash within that, anything else was being received.
                if (directory.StatusOfEntry(name) is { Kind: FileKind.Regular } status && files.Contains(status.Identity))
                {
                    Note(SalvageCode.Leftovers, $"{name} is a second name of a layer, left by a crash");
                }
                else
                {
                    Refuse(SalvageCode.RestoreUnfinished, $"{name} has no metadata, as while a restore or clone is going on");
                }
            }
            else if (name.EndsWith(".tmp", StringComparison.Ordinal) || (LayerName.IsHead(name) && !inChain.Contains(name)))
            {
                Note(SalvageCode.Leftovers, $"{Quoted(name)} does not belong to the chain, left by a crash");
            }
        }
    }

    private void JudgeStrayMetadata(ReadOnlyDirectory directory, string name)
    {
        try
        {
            if (ReadSmall(directory, name, MetadataFile.LargestLength) is { } content)
            {
                _ = MetadataFile.Parse(name, content).ToLayer();
            }
        }
        catch (MetadataException failure)
        {
            Warn(SalvageCode.StrayMetadataInvalid, $"{failure.Message}; it does not belong to the chain");
        }
    }

    private void JudgeUse(ReadOnlyDirectory directory, string full)
    {
        var table = options.OpenFiles ?? OpenFileTable.Take();
        if (table.EngineOf(directory.Status.Identity, full) is { } engine)
        {
            Refuse(SalvageCode.InUse, $"process {engine} is Longhorn's engine and serves this replica");
        }
        else if (table.HasWriters)
        {
            JudgeWriters(directory, table);
        }
    }

    private void JudgeWriters(ReadOnlyDirectory directory, OpenFileTable table)
    {
        foreach (var name in _names)
        {
            if (name.StartsWith("volume-", StringComparison.Ordinal)
                && directory.StatusOfEntry(name) is { } status
                && table.WriterOf(status.Identity) is { } process)
            {
                Refuse(SalvageCode.InUse, $"process {process} has {Quoted(name)} open for writing");
                return;
            }
        }
    }

    private void FindBackingImage(ReplicaMetadata metadata, string full)
    {
        if (metadata.BackingFilePath.Length == 0 && options.BackingImage is null)
        {
            return;
        }

        if (metadata.BackingFilePath.Length == 0 && !_findings.Exists(finding => finding.Code == SalvageCode.VolumeMetadataConcluded))
        {
            Warn(SalvageCode.MetadataUnusual, $"{VolumeMetadata} names no backing image, yet {Quoted(options.BackingImage!)} was given and is read below the layers");
        }

        try
        {
            RefusingWhatFails(() =>
            {
                _backing = BackingImageSearch.Find(metadata.BackingFilePath, full, options);
                if (_backing.VirtualSize > metadata.Size)
                {
                    Refuse(SalvageCode.BackingImageInvalid, $"the backing image {_backing.Path} ({_backing.VirtualSize} bytes) is larger than the volume ({metadata.Size} bytes)");
                }
            });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Refuse(SalvageCode.BackingImageMissing, failure.Message);
        }
    }

    private void JudgeAllocation(ReadOnlyDirectory directory, long size, CancellationToken cancellationToken, bool mayBeEmpty = false)
    {
        if (directory.Status.BlockSize != BlockAlignment.BlockSize)
        {
            Warn(SalvageCode.BlockSizeUnusual, $"the file system's blocks are of {directory.Status.BlockSize} bytes, those of a layer of {BlockAlignment.BlockSize}");
        }

        var empty = true;
        var full = true;
        for (var i = 0; i < _layers.Count; i++)
        {
            try
            {
                var allocation = LayerAllocation.Take(_layers[i], size, cancellationToken);
                _layers[i].CoversStart = allocation.CoversStart;
                empty &= allocation.IsEmpty;
                full &= allocation.IsFull;
                if (allocation.HasUnwritten && i < _layers.Count - 1)
                {
                    Warn(SalvageCode.PreallocatedRanges, $"{_layers[i].Name} has preallocated ranges, which read as zeros and hide the layers below");
                }
            }
            catch (IOException failure)
            {
                Refuse(SalvageCode.NoExtentMap, $"{_layers[i].Name}: {failure.Message}");
                return;
            }
        }

        if (empty && !mayBeEmpty && _backing is null && _metadata!.BackingFilePath.Length == 0)
        {
            Refuse(SalvageCode.Empty, "no layer holds any data, so the volume would be all zeros");
        }
        else if (full && _layers.Count > 1)
        {
            Refuse(SalvageCode.HolesLost, $"none of the {_layers.Count} layers has a hole, as after a copy that fills holes with zeros");
        }
    }

    private void JudgeChecksums(ReadOnlyDirectory directory, IEnumerable<ReplicaLayer> snapshots, CancellationToken cancellationToken)
    {
        foreach (var layer in snapshots)
        {
            try
            {
                if (ReadSmall(directory, layer.Name + SnapshotChecksum.FileSuffix, MetadataFile.LargestLength) is { } content
                    && SnapshotChecksum.TryParse(content, out var record))
                {
                    RefusingWhatFails(() => JudgeChecksum(layer, record, cancellationToken));
                }
            }
            catch (MetadataException failure)
            {
                Warn(SalvageCode.StrayMetadataInvalid, failure.Message);
            }
        }

        RefusingWhatFails(() =>
        {
            if (_backing is not null && options.Checksums != ChecksumPolicy.Never && !_backing.HasRecordedChecksum(cancellationToken))
            {
                Refuse(SalvageCode.BackingImageCorrupted, $"the backing image {_backing.Path} does not have the checksum recorded in its backing.cfg");
            }
        });
    }

    private void RefusingWhatFails(Action judging)
    {
        try
        {
            judging();
        }
        catch (SalvageException failure)
        {
            Refuse(failure.Code, failure.Reason);
        }
    }

    private void JudgeChecksum(ReplicaLayer layer, SnapshotChecksum record, CancellationToken cancellationToken)
    {
        var valid = record.IsOf(layer.Status);
        if (record.SilentlyCorrupted)
        {
            Refuse(SalvageCode.SnapshotCorrupted, $"the engine has found {layer.Name} silently corrupted");
        }
        else if (options.Checksums == ChecksumPolicy.Always || (options.Checksums == ChecksumPolicy.WhenValid && valid))
        {
            if (record.Checksum == SnapshotChecksum.Compute(layer, cancellationToken))
            {
                return;
            }

            if (valid)
            {
                Refuse(SalvageCode.SnapshotCorrupted, $"{layer.Name} does not have the checksum that was recorded since its last change");
            }
            else
            {
                Warn(SalvageCode.ChecksumDiffers, $"{layer.Name} does not have the recorded checksum, which may be out of date");
            }
        }
    }

    /// <summary>Reads a small file wholly; null if there is none.</summary>
    /// <exception cref="MetadataException">Not a regular file, too large, or not readable.</exception>
    private static byte[]? ReadSmall(ReadOnlyDirectory directory, string name, int longest)
    {
        if (OpenRegular(directory, name) is not { } opened)
        {
            return null;
        }

        using var handle = opened.Handle;
        if (opened.Status.Length > longest)
        {
            throw new MetadataException(SalvageCode.MetadataInvalid, $"{Quoted(name)} is {opened.Status.Length} bytes long, more than metadata can be");
        }

        try
        {
            var content = new byte[opened.Status.Length];
            ImageReader.Read(handle, name, content.Length, 0, content);
            return content;
        }
        catch (SalvageException failure)
        {
            throw new MetadataException(failure.Code, failure.Reason);
        }
    }

    private static OpenedFile? OpenRegular(ReadOnlyDirectory directory, string name)
    {
        try
        {
            if (directory.StatusOfEntry(name) is not { } status)
            {
                return null;
            }

            CheckRegular(status, name);
            var handle = directory.OpenFile(name);
            try
            {
                // Another file may have taken the name by now.
                return new OpenedFile(handle, CheckRegular(ReadOnlyDirectory.StatusOf(handle), name));
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MetadataException(SalvageCode.ReadFailed, failure.Message);
        }
    }

    private static FileStatus CheckRegular(in FileStatus status, string name) => status.Kind == FileKind.Regular
        ? status
        : throw new MetadataException(SalvageCode.NotARegularFile, $"{Quoted(name)} is {status.KindInWords}");

    private List<LayerSummary> Summaries()
    {
        var summaries = new List<LayerSummary>();
        foreach (var image in _followed)
        {
            var layer = _layers.Find(candidate => string.Equals(candidate.Name, image, StringComparison.Ordinal));
            summaries.Add(layer is null
                ? new LayerSummary(image, 0, 0, string.Empty, UserCreated: false, Removed: false, DateTimeOffset.UnixEpoch)
                : new LayerSummary(image, layer.Length, layer.Allocated, layer.Metadata.Created, layer.Metadata.UserCreated, layer.Metadata.Removed, layer.Modified));
        }

        return summaries;
    }

    /// <summary>Text out of a hostile file, made harmless for a terminal.</summary>
    private static string Quoted(string text)
    {
        const int longest = 200;
        var shown = text.Length > longest ? text[..longest] + "…" : text;
        return $"\"{string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c))}\"";
    }

    private void Refuse(string code, string reason)
    {
        if (SalvageCode.CanBeAccepted(code) && options.Accepted.Contains(code))
        {
            Remark(FindingKind.Warning, code, $"{reason} (accepted)");
        }
        else
        {
            Remark(FindingKind.Refusal, code, reason);
        }
    }

    private void Warn(string code, string reason) => Remark(FindingKind.Warning, code, reason);

    private void Note(string code, string reason) => Remark(FindingKind.Note, code, reason);

    private void Remark(FindingKind kind, string code, string reason)
    {
        var told = _remarks.GetValueOrDefault(code);
        if (told <= MostRemarksOfACode)
        {
            _remarks[code] = told + 1;
            _findings.Add(new Finding(kind, code, told < MostRemarksOfACode ? reason : "and more of this kind, which are not told one by one"));
        }
    }
}
