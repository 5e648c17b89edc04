using System.Globalization;
using System.Text;
using Blackstart.Longhorn.Blocks;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>
/// A replica in Longhorn's v1 on-disk format: a head and snapshots, each a sparse file, chained by their metadata. For each block of
/// 4096 bytes the topmost layer with an allocated extent supplies it; a written block of zeros is data.
/// </summary>
internal sealed class ReplicaDirectory : IReplica
{
    /// <summary>The granularity of layers (longhorn-engine, pkg/replica/diff_disk.go, VolumeSectorSize).</summary>
    public const int BlockSize = 4096;

    /// <summary>Longest chain (longhorn-engine, pkg/replica/replica.go).</summary>
    public const int MaximumLayers = 250;

    private const int SectorSize = 512;
    private const int RevisionCounterLength = 4096;

    /// <summary>Number of the layer that supplies a block, counted from 1 at the base; 0 if none does.</summary>
    private readonly byte[] _owner;
    private readonly List<SafeFileHandle> _files = [];
    private readonly List<string> _layers = [];
    private SafeFileHandle? _revisionFile;
    private string? _headPlace;
    private long _revision;
    private VolumeMeta _meta;

    private ReplicaDirectory(string path, VolumeMeta meta)
    {
        Path = path;
        _meta = meta;
        _owner = new byte[meta.Size / BlockSize];
    }

    public string Path { get; }

    public IReadOnlyList<string> Layers => _layers;

    /// <summary>The writable top layer.</summary>
    public string HeadName => _meta.Head;

    /// <summary>Number of writes, if they are counted; otherwise null.</summary>
    public long? Revision => _revisionFile is null ? null : Volatile.Read(ref _revision);

    /// <summary>The directory as it lies on the disk; null where nothing was written yet.</summary>
    /// <exception cref="InvalidDataException">Its metadata cannot be read.</exception>
    public static VolumeMeta? Inspect(string path)
    {
        var meta = System.IO.Path.Combine(path, ReplicaFiles.VolumeMeta);
        return File.Exists(meta) ? ReplicaFiles.Read<VolumeMeta>(meta) : null;
    }

    /// <summary>Makes an empty replica, clean until it is opened.</summary>
    /// <param name="path">Directory; made with mode 0700.</param>
    /// <param name="size">Volume size in bytes, a multiple of the block size.</param>
    /// <param name="created">RFC 3339 time for the head's metadata.</param>
    /// <param name="countRevisions">Keep a <c>revision.counter</c>.</param>
    public static void Create(string path, long size, string created, bool countRevisions) =>
        CreateHead(path, size, ReplicaFiles.Head(0), parent: string.Empty, created, rebuilding: false, countRevisions);

    /// <summary>Opens a replica and marks it dirty.</summary>
    /// <exception cref="InvalidDataException">Its metadata or its chain are not in order.</exception>
    /// <exception cref="IOException">It cannot be read, or is not of this size.</exception>
    public static ReplicaDirectory Open(string path, long size)
    {
        var meta = Inspect(path) ?? throw new FileNotFoundException($"{path} holds no {ReplicaFiles.VolumeMeta}.");
        if (meta.Size != size)
        {
            throw new InvalidDataException($"{path} is a replica of {meta.Size} bytes, not of {size}.");
        }

        var replica = new ReplicaDirectory(path, meta);
        try
        {
            replica.OpenChain();
            replica.OpenRevisionCounter();
            replica.Mark(meta with { Dirty = true, Rebuilding = false });
            return replica;
        }
        catch
        {
            replica.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Starts a replica afresh as the target of a rebuild: whatever the directory held is gone, and it has a head on top of a
    /// snapshot that is still to be copied. Only writing works until <see cref="FinishRebuild"/>.
    /// </summary>
    public static ReplicaDirectory StartRebuild(string path, long size, string parent, string created, bool countRevisions)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        CreateHead(path, size, ReplicaFiles.Head(1), parent, created, rebuilding: true, countRevisions);
        var replica = new ReplicaDirectory(path, Inspect(path)!);
        replica._layers.Add(replica.HeadName);
        replica.AddHead(SparseFile.Open(replica.FileOf(replica.HeadName), FileMode.Open));
        replica.OpenRevisionCounter();
        return replica;
    }

    /// <summary>Takes the copied snapshots into use.</summary>
    public void FinishRebuild(long? revision)
    {
        SparseFile.Flush(_files[^1]);
        CloseFiles();
        OpenChain();
        if (_revisionFile is not null && revision is { } counted)
        {
            _revision = counted;
            WriteRevision();
        }

        Mark(_meta with { Rebuilding = false });
    }

    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var owner = _owner[offset / BlockSize];
            var length = (int)Math.Min(RunLength(offset, owner), buffer.Length);
            if (owner == 0)
            {
                buffer[..length].Clear();
            }
            else
            {
                ReadLayer(owner - 1, offset, buffer[..length]);
            }

            offset += length;
            buffer = buffer[length..];
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        RandomAccess.Write(_files[^1], data, offset);
        _owner.AsSpan((int)(offset / BlockSize), data.Length / BlockSize).Fill((byte)_files.Count);
        CountRevision();
    }

    public void WriteZeroes(long offset, long length, bool allocate)
    {
        // A hole reads as zeros only where nothing lies below; under a replica that is being rebuilt something may come to lie.
        allocate |= _meta.Rebuilding;
        if (!allocate && _files.Count == 1 && SparseFile.TryPunch(_files[0], offset, length))
        {
            _owner.AsSpan((int)(offset / BlockSize), (int)(length / BlockSize)).Clear();
            CountRevision();
            return;
        }

        var zeros = new byte[(int)Math.Min(length, 1024 * 1024)];
        for (var end = offset + length; offset < end;)
        {
            var owner = _owner[offset / BlockSize];
            var run = Math.Min(Math.Min(RunLength(offset, owner), end - offset), zeros.Length);
            if (owner != 0 || allocate)
            {
                Write(offset, zeros.AsSpan(0, (int)run));
            }

            offset += run;
        }
    }

    public void Trim(long offset, long length)
    {
        if (!SparseFile.TryPunch(_files[^1], offset, length))
        {
            return;
        }

        // What lies below shows again, as in the real engine.
        _owner.AsSpan((int)(offset / BlockSize), (int)(length / BlockSize)).Clear();
        for (var layer = 0; layer < _files.Count - 1; layer++)
        {
            MapLayer(layer, offset, offset + length);
        }

        CountRevision();
    }

    public (long Length, bool Allocated) Run(long offset, long length)
    {
        var allocated = _owner[offset / BlockSize] != 0;
        var end = offset;
        while (end < offset + length && (_owner[end / BlockSize] != 0) == allocated)
        {
            end = ((end / BlockSize) + 1) * BlockSize;
        }

        return (Math.Min(end, offset + length) - offset, allocated);
    }

    public bool IsPresent => File.Exists(FileOf(HeadName)) && SparseFile.PlaceOf(_files[^1]) == _headPlace;

    /// <summary>Puts the head on stable storage.</summary>
    /// <exception cref="IOException">That failed, or the head's file is no longer in the directory, so that flushed data would be lost with this process.</exception>
    public void Flush()
    {
        SparseFile.Flush(_files[^1]);
        if (!IsPresent)
        {
            throw BlockError.Exception(BlockError.InputOutput, $"Flushing {FileOf(HeadName)}: the file is gone");
        }
    }

    public void Snapshot(string name, bool userCreated, string created, IReadOnlyDictionary<string, string>? labels)
    {
        foreach (var _ in SnapshotSteps(name, userCreated, created, labels))
        {
            // Each step is taken by asking for the next one.
        }
    }

    /// <summary>
    /// Taking a snapshot, in the real engine's order; the caller may stop between any two steps, as a crash does, and the directory
    /// still opens with the same content. The rename of <c>volume.meta</c> is the moment it counts.
    /// </summary>
    public IEnumerable<string> SnapshotSteps(string name, bool userCreated, string created, IReadOnlyDictionary<string, string>? labels)
    {
        if (_files.Count >= MaximumLayers)
        {
            throw new IOException($"{Path} has {MaximumLayers} layers; no more are possible.");
        }

        var oldHead = HeadName;
        var newHead = ReplicaFiles.NextHead(oldHead);
        var snapshot = ReplicaFiles.Snapshot(name);
        if (File.Exists(FileOf(snapshot)))
        {
            throw new IOException($"{Path} has a snapshot {name} already.");
        }

        SparseFile.Flush(_files[^1]);
        var head = CreateImage(FileOf(newHead), _meta.Size);
        yield return "head image";

        ReplicaFiles.Write(MetaFile(newHead), new LayerMeta(newHead, snapshot, Removed: false, UserCreated: false, created, Labels: null));
        yield return "head meta";

        HardLink.Create(FileOf(oldHead), FileOf(snapshot));
        yield return "snapshot image";

        File.Delete(MetaFile(snapshot));
        HardLink.Create(MetaFile(oldHead), MetaFile(snapshot));
        yield return "snapshot meta";

        Mark(_meta with { Head = newHead, Parent = snapshot });
        _layers[^1] = snapshot;
        _layers.Add(newHead);
        AddHead(head);
        yield return "volume meta";

        var inherited = ReplicaFiles.Read<LayerMeta>(MetaFile(snapshot));
        ReplicaFiles.Write(MetaFile(snapshot), inherited with
        {
            UserCreated = userCreated,
            Created = created,
            Labels = labels?.ToDictionary(StringComparer.Ordinal),
        });
        yield return "snapshot meta rewritten";

        File.Delete(FileOf(oldHead));
        yield return "old head";

        File.Delete(MetaFile(oldHead));
        yield return "old head meta";
    }

    /// <summary>Goes back to a snapshot in the chain: a new empty head on top of it. Newer snapshots stay as a branch.</summary>
    public void Revert(string name, string created)
    {
        var snapshot = ReplicaFiles.Snapshot(name);
        if (!_layers.SkipLast(1).Contains(snapshot))
        {
            throw new IOException($"{Path} has no snapshot {name} in its chain.");
        }

        var oldHead = HeadName;
        var newHead = ReplicaFiles.NextHead(oldHead);
        CreateImage(FileOf(newHead), _meta.Size).Dispose();
        ReplicaFiles.Write(MetaFile(newHead), new LayerMeta(newHead, snapshot, Removed: false, UserCreated: false, created, Labels: null));
        Mark(_meta with { Head = newHead, Parent = snapshot });
        CloseFiles();
        File.Delete(FileOf(oldHead));
        File.Delete(MetaFile(oldHead));
        OpenChain();
    }

    public void Close()
    {
        Flush();
        Mark(_meta with { Dirty = false });
        Dispose();
    }

    public void Dispose()
    {
        CloseFiles();
        _revisionFile?.Dispose();
        _revisionFile = null;
    }

    private static void CreateHead(string path, long size, string head, string parent, string created, bool rebuilding, bool countRevisions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        if (size % BlockSize != 0)
        {
            throw new ArgumentException($"A volume is whole blocks of {BlockSize} bytes; {size} is not.", nameof(size));
        }

        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CreateImage(System.IO.Path.Combine(path, head), size).Dispose();
        ReplicaFiles.Write(
            System.IO.Path.Combine(path, head + ReplicaFiles.MetaSuffix),
            new LayerMeta(head, parent, Removed: false, UserCreated: false, created, Labels: null));
        if (countRevisions)
        {
            var file = System.IO.Path.Combine(path, ReplicaFiles.RevisionCounter);
            File.WriteAllBytes(file, RevisionRecord(0));
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        ReplicaFiles.Write(
            System.IO.Path.Combine(path, ReplicaFiles.VolumeMeta),
            new VolumeMeta(size, head, Dirty: rebuilding, rebuilding, Error: string.Empty, parent, SectorSize, BackingFilePath: string.Empty, Encrypted: false));
    }

    /// <summary>
    /// An empty image. A file of that name may be left from a crash, and may be another name of a snapshot's data: it is unlinked,
    /// never truncated.
    /// </summary>
    private static SafeFileHandle CreateImage(string file, long size)
    {
        File.Delete(file);
        var handle = SparseFile.Open(file, FileMode.CreateNew);
        try
        {
            RandomAccess.SetLength(handle, size);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private void OpenChain()
    {
        var metas = new Dictionary<string, LayerMeta>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path, "*" + ReplicaFiles.MetaSuffix))
        {
            // One unreadable file fails the whole replica, even outside the chain: so does the real engine.
            var name = System.IO.Path.GetFileName(file);
            if (name != ReplicaFiles.VolumeMeta)
            {
                metas[name[..^ReplicaFiles.MetaSuffix.Length]] = ReplicaFiles.Read<LayerMeta>(file);
            }
        }

        var chain = new List<string>();
        for (var layer = HeadName; !string.IsNullOrEmpty(layer); layer = metas[layer].Parent)
        {
            if (!metas.ContainsKey(layer) || !File.Exists(FileOf(layer)))
            {
                throw new InvalidDataException($"{Path}: layer {layer} or its metadata is missing.");
            }

            if (chain.Contains(layer) || chain.Count >= MaximumLayers)
            {
                throw new InvalidDataException($"{Path}: the chain has a loop or more than {MaximumLayers} layers.");
            }

            chain.Add(layer);
        }

        chain.Reverse();
        _owner.AsSpan().Clear();
        foreach (var layer in chain)
        {
            _layers.Add(layer);
            _files.Add(SparseFile.Open(FileOf(layer), FileMode.Open));
            MapLayer(_files.Count - 1, 0, _meta.Size);
        }

        _headPlace = SparseFile.PlaceOf(_files[^1]);
    }

    private void AddHead(SafeFileHandle head)
    {
        _files.Add(head);
        _headPlace = SparseFile.PlaceOf(head);
    }

    private void MapLayer(int layer, long from, long to)
    {
        foreach (var (offset, length) in SparseFile.Data(_files[layer], from, to))
        {
            var first = offset / BlockSize;
            var end = (offset + length + BlockSize - 1) / BlockSize;
            _owner.AsSpan((int)first, (int)(end - first)).Fill((byte)(layer + 1));
        }
    }

    private void CloseFiles()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }

        _files.Clear();
        _layers.Clear();
    }

    private long RunLength(long offset, byte owner)
    {
        var block = (int)(offset / BlockSize);
        var other = _owner.AsSpan(block).IndexOfAnyExcept(owner);
        var end = other < 0 ? _meta.Size : (long)(block + other) * BlockSize;

        // A write may take over the very block between two looks; what was seen first holds for one block at least.
        return Math.Max(end, ((long)block + 1) * BlockSize) - offset;
    }

    private void ReadLayer(int layer, long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(_files[layer], buffer, offset);
            if (read == 0)
            {
                // A layer made before an expansion is shorter than the volume.
                buffer.Clear();
                return;
            }

            offset += read;
            buffer = buffer[read..];
        }
    }

    private void OpenRevisionCounter()
    {
        var path = FileOf(ReplicaFiles.RevisionCounter);
        if (!File.Exists(path))
        {
            return;
        }

        _revisionFile = SparseFile.Open(path, FileMode.Open);
        var record = new byte[RevisionCounterLength];
        var read = RandomAccess.Read(_revisionFile, record, 0);
        var text = Encoding.ASCII.GetString(record, 0, read).TrimEnd('\0');
        _revision = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw new InvalidDataException($"{path} holds no number.");
    }

    private void CountRevision()
    {
        if (_revisionFile is not null)
        {
            lock (_revisionFile)
            {
                _revision++;
                WriteRevision();
            }
        }
    }

    private void WriteRevision() => RandomAccess.Write(_revisionFile!, RevisionRecord(_revision), 0);

    private static byte[] RevisionRecord(long revision)
    {
        var record = new byte[RevisionCounterLength];
        Encoding.ASCII.GetBytes(revision.ToString(CultureInfo.InvariantCulture), record);
        return record;
    }

    private void Mark(VolumeMeta meta)
    {
        ReplicaFiles.Write(FileOf(ReplicaFiles.VolumeMeta), meta);
        _meta = meta;
    }

    private string FileOf(string name) => System.IO.Path.Combine(Path, name);

    private string MetaFile(string layer) => FileOf(layer + ReplicaFiles.MetaSuffix);
}
