using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Blocks;

/// <summary>
/// A merged volume as a device that can only be read. Once a layer was found written to, or gone short, nothing more is read: what follows
/// would belong to another moment than what was read before.
/// </summary>
public sealed class MergedVolumeDevice : IAllocatedBlockDevice, IReadAheadBlockDevice
{
    /// <summary>An answer about allocation ends after so many extents; whoever wants more asks again.</summary>
    private const int MostExtents = 4096;

    /// <summary>Reads that may wait for the disk at a time: each holds a thread.</summary>
    private const int MostReads = 16;

    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(100);

    private readonly MergedVolume _volume;
    private readonly VolumeMap _map;
    private readonly TimeProvider _time;
    private readonly Action<SalvageException> _failed;
    private readonly SemaphoreSlim _reads = new(MostReads, MostReads);
    private long _lastCheck;
    private SalvageException? _changed;

    /// <summary>Puts a volume behind the interface of devices.</summary>
    /// <param name="volume">The volume; lives as long as its replica directory is open, and is not disposed with the device.</param>
    /// <param name="time">Clock of the time between two looks at all layers.</param>
    /// <param name="failed">Told of each failure, from any thread; whoever read gets it too.</param>
    public MergedVolumeDevice(MergedVolume volume, TimeProvider time, Action<SalvageException>? failed = null)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(time);
        _volume = volume;
        _map = new VolumeMap(volume);
        _time = time;
        _failed = failed ?? (_ => { });
        _lastCheck = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public long Size => _volume.Size;

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        CheckRange(offset, buffer.Length);
        await _reads.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Answering(() => Read(offset, buffer.Span));
        }
        finally
        {
            _reads.Release();
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<BlockExtent>> AllocationAsync(long offset, long length, CancellationToken cancellationToken)
    {
        CheckRange(offset, length);
        ArgumentOutOfRangeException.ThrowIfZero(length);
        var extents = new List<BlockExtent>();
        Answering(() => Describe(offset, offset + length, extents, cancellationToken));
        return Task.FromResult<IReadOnlyList<BlockExtent>>(extents);
    }

    /// <inheritdoc/>
    public void Announce(long offset, long length)
    {
        CheckRange(offset, length);
        try
        {
            for (var end = offset + length; offset < end;)
            {
                var windowEnd = Math.Min(_map.EndOfWindow(offset), end);
                var runs = _map.RunsAround(offset);
                for (var i = VolumeMap.FirstEndingAfter(runs, offset); i < runs.Length && runs[i].Offset < windowEnd; i++)
                {
                    var from = Math.Max(runs[i].Offset, offset);
                    _volume.Layers[runs[i].Layer].Announce(from, Math.Min(runs[i].End, windowEnd) - from);
                }

                offset = windowEnd;
            }
        }
        catch (SalvageException)
        {
            // The read that follows meets the same, and says so.
        }
    }

    /// <summary>Refused: the volume is read-only.</summary>
    /// <inheritdoc/>
    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        Task.FromException(BlockError.Exception(BlockError.NotPermitted, "Writing to a replica"));

    /// <summary>There is nothing to flush; but it is the client's last question, so the layers are looked at once more.</summary>
    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        Answering(CheckAll);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _reads.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var part = buffer[..(int)Math.Min(buffer.Length, _map.EndOfWindow(offset) - offset)];
            ReadWithin(_map.RunsAround(offset), offset, part);
            offset += part.Length;
            buffer = buffer[part.Length..];
        }

        // After the bytes, so that no reply holds what was written meanwhile without this being noticed soon.
        if (_time.GetElapsedTime(Interlocked.Read(ref _lastCheck)) >= BetweenChecks)
        {
            CheckAll();
        }
    }

    private void ReadWithin(VolumeRun[] runs, long offset, Span<byte> buffer)
    {
        var end = offset + buffer.Length;
        var position = offset;
        for (var i = VolumeMap.FirstEndingAfter(runs, offset); i < runs.Length && runs[i].Offset < end; i++)
        {
            var from = Math.Max(runs[i].Offset, position);
            var until = Math.Min(runs[i].End, end);
            buffer[(int)(position - offset)..(int)(from - offset)].Clear();
            _volume.Layers[runs[i].Layer].Read(from, buffer[(int)(from - offset)..(int)(until - offset)]);
            position = until;
        }

        buffer[(int)(position - offset)..].Clear();
    }

    private void Describe(long offset, long end, List<BlockExtent> extents, CancellationToken cancellationToken)
    {
        while (offset < end && extents.Count < MostExtents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var windowEnd = Math.Min(_map.EndOfWindow(offset), end);
            var runs = _map.RunsAround(offset);
            if (runs.Length == 0)
            {
                var next = _map.NextData(windowEnd, end);
                Add(extents, next - offset, hole: true);
                offset = next;
                continue;
            }

            for (var i = VolumeMap.FirstEndingAfter(runs, offset); offset < windowEnd && extents.Count < MostExtents; i++)
            {
                var from = i < runs.Length ? Math.Clamp(runs[i].Offset, offset, windowEnd) : windowEnd;
                Add(extents, from - offset, hole: true);
                var until = i < runs.Length ? Math.Clamp(runs[i].End, from, windowEnd) : windowEnd;
                Add(extents, until - from, hole: false);
                offset = until;
            }
        }
    }

    /// <summary>Adds a run to the extents; which layer it comes from is nothing to whoever asks.</summary>
    private static void Add(List<BlockExtent> extents, long length, bool hole)
    {
        if (length == 0)
        {
            return;
        }

        if (extents.Count > 0 && extents[^1].Hole == hole)
        {
            extents[^1] = extents[^1] with { Length = extents[^1].Length + length };
        }
        else
        {
            extents.Add(new BlockExtent(length, hole, hole));
        }
    }

    private void CheckAll()
    {
        Interlocked.Exchange(ref _lastCheck, _time.GetTimestamp());
        try
        {
            _volume.CheckUnchanged();
        }
        catch (SalvageException changed)
        {
            _changed ??= changed;
            throw;
        }
    }

    private void Answering(Action answer)
    {
        try
        {
            if (_changed is { } changed)
            {
                throw new SalvageException(changed.Code, changed.Reason);
            }

            answer();
        }
        catch (SalvageException failure)
        {
            _failed(failure);
            throw;
        }
    }

    private void CheckRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
    }
}
