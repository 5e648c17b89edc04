using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>
/// A volume's engine: one block device over several replicas. A write is acknowledged when every healthy replica took it; one that
/// fails is given up, and the others go on. Layers are written in whole blocks; smaller writes read the rest of the block first.
/// </summary>
internal sealed class VolumeEngine : IZeroingBlockDevice, ITrimmingBlockDevice, IAllocatedBlockDevice
{
    /// <summary>From this many bytes on, writing to the replicas at the same time is worth the threads.</summary>
    private const int Parallel = 64 * 1024;

    private const int Block = ReplicaDirectory.BlockSize;
    private readonly SharedExclusiveGate _gate = new();
    private readonly EngineOptions _options;
    private readonly Lock _flushing = new();
    private ImmutableArray<AttachedReplica> _replicas;
    private Task? _flush;
    private Task? _nextFlush;
    private int _disposed;

    private VolumeEngine(string name, long size, IEnumerable<AttachedReplica> replicas, EngineOptions options)
    {
        Name = name;
        Size = size;
        _options = options;
        _replicas = [.. replicas];
    }

    /// <summary>The volume's name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public long Size { get; }

    /// <summary>Every replica the engine was given, failed ones included.</summary>
    public IReadOnlyList<ReplicaStatus> Replicas => [.. _replicas.Select(replica => replica.Status)];

    /// <summary>Snapshots of the chain, base first, as file names.</summary>
    public IReadOnlyList<string> Snapshots => _replicas.FirstOrDefault(replica => replica.Mode == ReplicaMode.ReadWrite)?.Replica?.Layers.SkipLast(1).ToList() ?? [];

    /// <summary>Starts an engine; directories of replicas that hold nothing yet are made.</summary>
    /// <exception cref="IOException">No replica can be trusted.</exception>
    public static VolumeEngine Start(string volume, long size, IReadOnlyList<ReplicaSource> sources, EngineOptions options) =>
        new(volume, size, new EngineStart(volume, size, options).Open(sources), options);

    /// <summary>An engine over replicas that are open already.</summary>
    public static VolumeEngine Over(string volume, long size, IReadOnlyDictionary<string, IReplica> replicas, EngineOptions options) =>
        new(volume, size, replicas.Select(pair => new AttachedReplica(pair.Key, pair.Value.Path) { Replica = pair.Value, Mode = ReplicaMode.ReadWrite }), options);

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        CheckRange(offset, buffer.Length);
        await _gate.EnterSharedAsync(cancellationToken);
        try
        {
            Read(offset, buffer.Span);
        }
        finally
        {
            _gate.LeaveShared();
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        CheckRange(offset, data.Length);
        if (data.IsEmpty)
        {
            return;
        }

        if (offset % Block == 0 && data.Length % Block == 0)
        {
            await _gate.EnterSharedAsync(cancellationToken);
            try
            {
                await EachAsync(replica => replica.Write(offset, data.Span), data.Length);
            }
            finally
            {
                _gate.LeaveShared();
            }

            return;
        }

        await _gate.EnterAloneAsync(cancellationToken);
        try
        {
            await WritePartsAsync(offset, data);
        }
        finally
        {
            _gate.LeaveAlone();
        }
    }

    /// <inheritdoc/>
    public async Task WriteZeroesAsync(long offset, long length, bool allocate, CancellationToken cancellationToken)
    {
        CheckRange(offset, length);
        var (start, end) = WholeBlocks(offset, length);
        if (start >= end)
        {
            await WriteAsync(offset, new byte[length], cancellationToken);
            return;
        }

        if (offset < start)
        {
            await WriteAsync(offset, new byte[start - offset], cancellationToken);
        }

        if (end < offset + length)
        {
            await WriteAsync(end, new byte[offset + length - end], cancellationToken);
        }

        await _gate.EnterAloneAsync(cancellationToken);
        try
        {
            await EachAsync(replica => replica.WriteZeroes(start, end - start, allocate), end - start);
        }
        finally
        {
            _gate.LeaveAlone();
        }
    }

    /// <summary>Punches holes into the head. Where a snapshot lies below, its older content shows again, as in the real engine.</summary>
    /// <inheritdoc/>
    public async Task TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        CheckRange(offset, length);
        var (start, end) = WholeBlocks(offset, length);
        if (start >= end)
        {
            return;
        }

        await _gate.EnterAloneAsync(cancellationToken);
        try
        {
            await EachAsync(replica => replica.Trim(start, end - start), 0);
        }
        finally
        {
            _gate.LeaveAlone();
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<BlockExtent>> AllocationAsync(long offset, long length, CancellationToken cancellationToken)
    {
        CheckRange(offset, length);
        await _gate.EnterSharedAsync(cancellationToken);
        try
        {
            var replica = Readable()[0].Replica!;
            var extents = new List<BlockExtent>();
            while (length > 0)
            {
                var (run, allocated) = replica.Run(offset, length);
                extents.Add(new BlockExtent(run, Hole: !allocated, Zero: !allocated));
                offset += run;
                length -= run;
            }

            return extents;
        }
        finally
        {
            _gate.LeaveShared();
        }
    }

    /// <summary>Flushes every healthy replica. Callers that come while one is under way share the next one.</summary>
    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        lock (_flushing)
        {
            if (_nextFlush is not null)
            {
                return _nextFlush;
            }

            var before = _flush is { IsCompleted: false } ? _flush : null;
            var mine = Task.Run(() => FlushAfterAsync(before), CancellationToken.None);
            if (before is null)
            {
                _flush = mine;
            }
            else
            {
                _nextFlush = mine;
            }

            return mine;
        }
    }

    /// <summary>Takes a snapshot on every healthy replica.</summary>
    /// <exception cref="IOException">A snapshot of that name is in the chain already, or the chain is full; the replicas are as before.</exception>
    public async Task SnapshotAsync(string name, bool userCreated, IReadOnlyDictionary<string, string>? labels, CancellationToken cancellationToken)
    {
        await _gate.EnterAloneAsync(cancellationToken);
        try
        {
            CheckChains(layers => layers.Contains(ReplicaFiles.Snapshot(name)) ? $"has a snapshot {name} already" : null);
            CheckChains(Full);
            var created = Now();
            await EachAsync(replica => replica.Snapshot(name, userCreated, created, labels), 0);
        }
        finally
        {
            _gate.LeaveAlone();
        }
    }

    /// <summary>Goes back to a snapshot; the content since then is gone.</summary>
    public async Task RevertAsync(string name, CancellationToken cancellationToken)
    {
        await _gate.EnterAloneAsync(cancellationToken);
        try
        {
            CheckChains(layers => layers.Contains(ReplicaFiles.Snapshot(name)) ? null : $"has no snapshot {name}");
            var created = Now();
            await EachAsync(replica => replica.Revert(name, created), 0);
        }
        finally
        {
            _gate.LeaveAlone();
        }
    }

    /// <summary>
    /// Fills a replica afresh from a healthy one, while the volume is in use: a system snapshot is taken, the target gets every write
    /// from then on, and the snapshots are copied below its head. Until that is done its <c>volume.meta</c> says Rebuilding.
    /// </summary>
    /// <param name="name">Name of the Replica object; it replaces a failed one of that name.</param>
    /// <param name="path">Its directory; what it held is gone.</param>
    /// <param name="cancellationToken">Ends the rebuild, leaving the target unfinished and failed.</param>
    public async Task RebuildAsync(string name, string path, CancellationToken cancellationToken)
    {
        var target = new AttachedReplica(name, path);
        IReplica source;
        await _gate.EnterAloneAsync(cancellationToken);
        try
        {
            CheckChains(Full);
            var snapshot = Guid.NewGuid().ToString();
            var created = Now();
            await EachAsync(replica => replica.Snapshot(snapshot, userCreated: false, created, labels: null), 0);
            source = Readable()[0].Replica!;
            target.Replica = ReplicaDirectory.StartRebuild(path, Size, ReplicaFiles.Snapshot(snapshot), created, _options.CountRevisions);
            target.Mode = ReplicaMode.WriteOnly;
            foreach (var replaced in _replicas.Where(replica => replica.Name == name))
            {
                replaced.Replica?.Dispose();
            }

            _replicas = [.. _replicas.Where(replica => replica.Name != name), target];
        }
        finally
        {
            _gate.LeaveAlone();
        }

        _options.Changed?.Invoke();
        try
        {
            await Task.Run(() => LayerCopy.Copy(source.Path, source.Layers.SkipLast(1).ToList(), path, cancellationToken), cancellationToken);
            await _gate.EnterAloneAsync(cancellationToken);
            try
            {
                if (target.Mode == ReplicaMode.Failed)
                {
                    throw new IOException($"Rebuilding {name}: {target.Reason}");
                }

                ((ReplicaDirectory)target.Replica).FinishRebuild((source as ReplicaDirectory)?.Revision);
                target.Mode = ReplicaMode.ReadWrite;
            }
            finally
            {
                _gate.LeaveAlone();
            }
        }
        catch (Exception exception)
        {
            Fail(target, exception);
            throw;
        }

        _options.Changed?.Invoke();
    }

    /// <summary>Lets go of a replica whose object is gone; nothing of it is written any more.</summary>
    public async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await _gate.EnterAloneAsync(cancellationToken);
        try
        {
            foreach (var removed in _replicas.Where(replica => replica.Name == name))
            {
                removed.Mode = ReplicaMode.Failed;
                removed.Replica?.Dispose();
            }

            _replicas = [.. _replicas.Where(replica => replica.Name != name)];
        }
        finally
        {
            _gate.LeaveAlone();
        }
    }

    /// <summary>An end without goodbye: what was written stays, and the replicas stay dirty.</summary>
    public async Task AbandonAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _gate.EnterAloneAsync(CancellationToken.None);
        foreach (var replica in _replicas)
        {
            replica.Replica?.Dispose();
        }
    }

    /// <summary>Gives up replicas whose directories are gone.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await _gate.EnterSharedAsync(cancellationToken);
        try
        {
            foreach (var replica in _replicas.Where(replica => replica.Mode != ReplicaMode.Failed && replica.Replica is { IsPresent: false }))
            {
                Fail(replica, new IOException($"{replica.Path} is gone"));
            }
        }
        finally
        {
            _gate.LeaveShared();
        }
    }

    /// <summary>A clean end: every healthy replica is flushed and no longer dirty.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _gate.EnterAloneAsync(CancellationToken.None);
        foreach (var replica in _replicas)
        {
            try
            {
                if (replica.Mode == ReplicaMode.ReadWrite)
                {
                    replica.Replica!.Close();
                }
            }
            catch (IOException exception)
            {
                Fail(replica, exception);
            }
            finally
            {
                replica.Replica?.Dispose();
            }
        }
    }

    private void Read(long offset, Span<byte> buffer)
    {
        var readable = Readable();
        for (var index = 0; ; index++)
        {
            try
            {
                readable[index].Replica!.Read(offset, buffer);
                return;
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException && index + 1 < readable.Length)
            {
                Fail(readable[index], exception);
            }
        }
    }

    private async Task WritePartsAsync(long offset, ReadOnlyMemory<byte> data)
    {
        var start = offset / Block * Block;
        var end = (offset + data.Length + Block - 1) / Block * Block;
        var length = (int)(end - start);
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (offset > start)
            {
                Read(start, whole.AsSpan(0, Block));
            }

            if (offset + data.Length < end && (length > Block || offset == start))
            {
                Read(end - Block, whole.AsSpan(length - Block, Block));
            }

            data.CopyTo(whole.AsMemory((int)(offset - start)));
            await EachAsync(replica => replica.Write(start, whole.AsSpan(0, length)), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private async Task FlushAfterAsync(Task? before)
    {
        if (before is not null)
        {
            await before.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            lock (_flushing)
            {
                _flush = _nextFlush;
                _nextFlush = null;
            }
        }

        await _gate.EnterSharedAsync(CancellationToken.None);
        try
        {
            await EachAsync(replica => replica.Flush(), long.MaxValue);
        }
        finally
        {
            _gate.LeaveShared();
        }
    }

    /// <summary>Does the same to every replica that is not given up, and gives up those that fail while another one does not.</summary>
    /// <exception cref="IOException">No readable replica did it.</exception>
    private async Task EachAsync(Action<IReplica> action, long bytes)
    {
        var replicas = _replicas.Where(replica => replica.Mode != ReplicaMode.Failed).ToArray();
        var failures = new Exception?[replicas.Length];
        if (bytes >= Parallel && replicas.Length > 1)
        {
            await Task.WhenAll(replicas.Select((_, index) => Task.Run(() => failures[index] = Failure(replicas[index], action))));
        }
        else
        {
            for (var index = 0; index < replicas.Length; index++)
            {
                failures[index] = Failure(replicas[index], action);
            }
        }

        if (Array.TrueForAll(failures, failure => failure is null) && replicas.Length > 0)
        {
            return;
        }

        // Full disks everywhere are the writer's trouble: the replicas are as good as before.
        var readable = replicas.Zip(failures).Where(pair => pair.First.Mode == ReplicaMode.ReadWrite).ToList();
        var full = readable.Count > 0 && readable.TrueForAll(pair => pair.Second is { } failure && BlockError.Of(failure) == BlockError.NoSpace);
        foreach (var (replica, failure) in replicas.Zip(failures))
        {
            if (failure is not null && !(full && replica.Mode == ReplicaMode.ReadWrite))
            {
                Fail(replica, failure);
            }
        }

        if (full)
        {
            throw BlockError.Exception(BlockError.NoSpace, $"Writing to volume {Name}");
        }

        if (!readable.Exists(pair => pair.Second is null))
        {
            throw BlockError.Exception(BlockError.InputOutput, $"Volume {Name} has no healthy replica left");
        }
    }

    private static Exception? Failure(AttachedReplica replica, Action<IReplica> action)
    {
        try
        {
            action(replica.Replica!);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException or InvalidDataException)
        {
            return exception;
        }
    }

    private void Fail(AttachedReplica replica, Exception exception)
    {
        // Its files stay open until the engine ends: another request may be using them.
        replica.Reason = exception.Message;
        replica.Mode = ReplicaMode.Failed;
        _options.Changed?.Invoke();
    }

    /// <summary>Refuses for the whole volume what would fail every replica.</summary>
    private void CheckChains(Func<IReadOnlyList<string>, string?> objection)
    {
        foreach (var replica in Readable())
        {
            if (objection(replica.Replica!.Layers) is { } reason)
            {
                throw new IOException($"Volume {Name} {reason}.");
            }
        }
    }

    private static string? Full(IReadOnlyList<string> layers) =>
        layers.Count >= ReplicaDirectory.MaximumLayers ? $"has {ReplicaDirectory.MaximumLayers} layers; no more are possible" : null;

    private ImmutableArray<AttachedReplica> Readable()
    {
        var readable = _replicas.Where(replica => replica.Mode == ReplicaMode.ReadWrite).ToImmutableArray();
        return readable.IsEmpty ? throw BlockError.Exception(BlockError.InputOutput, $"Volume {Name} has no healthy replica left") : readable;
    }

    private static (long Start, long End) WholeBlocks(long offset, long length) =>
        ((offset + Block - 1) / Block * Block, (offset + length) / Block * Block);

    private void CheckRange(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
    }

    private string Now() => _options.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
