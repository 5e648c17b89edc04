using System.Security.Cryptography;
using System.Threading.Channels;
using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Export;

/// <summary>
/// Writes a merged volume to a target and hashes it, in one pass: chunks are read by several readers, then written and hashed side by
/// side, each in order. Memory is bounded by the number of chunks.
/// </summary>
public sealed class VolumeCopy
{
    private const int BlockSize = 4096;

    /// <summary>Blocks of zeros are left out of the target in runs of at least this length, so that it does not end in splinters.</summary>
    private const int ShortestZeroRun = 64 << 10;

    private static readonly byte[] Zeros = new byte[1 << 20];
    private readonly MergedVolume _volume;
    private readonly IMergeTarget _target;
    private readonly CopyOptions _options;
    private readonly Channel<byte[]> _free;
    private readonly Channel<CopyChunk> _toWrite = Channel.CreateUnbounded<CopyChunk>();
    private readonly Channel<CopyChunk> _toHash = Channel.CreateUnbounded<CopyChunk>();
    private readonly Lock _progressLock = new();
    private long _done;
    private long _data;

    private VolumeCopy(MergedVolume volume, IMergeTarget target, CopyOptions options)
    {
        _volume = volume;
        _target = target;
        _options = options;
        _free = Channel.CreateBounded<byte[]>(options.Chunks);
    }

    private bool IsHashing => _options.Digest != DigestMode.None;

    /// <summary>Copies the whole volume. The target is complete and on stable storage when the task is.</summary>
    /// <param name="volume">What to write.</param>
    /// <param name="target">Where to; stays open.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between chunks; the target is then incomplete.</param>
    /// <exception cref="SalvageException">A layer cannot be read or the target cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task<CopyResult> RunAsync(MergedVolume volume, IMergeTarget target, CopyOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(target);
        await target.PrepareAsync(volume.Size, cancellationToken);
        var copy = new VolumeCopy(volume, target, options ?? new CopyOptions());
        var digest = await copy.RunAsync(cancellationToken);
        volume.CheckUnchanged();
        await target.CompleteAsync(cancellationToken);
        var isWhole = copy._options.Digest == DigestMode.Sha256;
        return new CopyResult(volume.Size, copy._data, isWhole ? digest : null, isWhole ? null : digest);
    }

    private async Task<Sha256Digest?> RunAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _options.Chunks; i++)
        {
            // Given out one by one; the memory is touched only when it is needed.
            _free.Writer.TryWrite([]);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hashing = Task.Run(() => Ending(stop, () => HashAsync(stop.Token)), CancellationToken.None);
        var writing = Enumerable.Range(0, Math.Max(1, _target.Writers)).Select(_ => Task.Run(() => Ending(stop, () => WriteAsync(stop.Token)), CancellationToken.None));
        var reading = Task.Run(() => Ending(stop, () => ReadAsync(stop.Token)), CancellationToken.None);
        Task<Sha256Digest?>[] all = [reading, hashing, .. writing];
        try
        {
            await Task.WhenAll(all);
        }
        catch (OperationCanceledException)
        {
            // One failed and stopped the others: its failure is the one to tell.
            cancellationToken.ThrowIfCancellationRequested();
            var failed = Array.Find(all, task => task.IsFaulted);
            if (failed is not null)
            {
                await failed;
            }

            throw;
        }

        return await hashing;
    }

    private static async Task<Sha256Digest?> Ending(CancellationTokenSource stop, Func<Task<Sha256Digest?>> work)
    {
        try
        {
            return await work();
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task<Sha256Digest?> ReadAsync(CancellationToken cancellationToken)
    {
        using var readers = new SemaphoreSlim(_options.Readers);
        var filling = new List<Task>();
        try
        {
            foreach (var (offset, length, runs) in Plan(cancellationToken))
            {
                byte[]? buffer = null;
                if (runs.Count > 0)
                {
                    Announce(runs);
                    buffer = await _free.Reader.ReadAsync(cancellationToken);
                    buffer = buffer.Length > 0 ? buffer : GC.AllocateUninitializedArray<byte>(_options.ChunkSize);
                    await readers.WaitAsync(cancellationToken);
                }

                var chunk = new CopyChunk(offset, length, runs, buffer, IsHashing ? 2 : 1);
                if (buffer is not null)
                {
                    chunk.Filled = Task.Run(() => Fill(chunk, readers), CancellationToken.None);
                    filling.RemoveAll(task => task.IsCompleted);
                    filling.Add(chunk.Filled);
                }

                _toWrite.Writer.TryWrite(chunk);
                if (IsHashing)
                {
                    _toHash.Writer.TryWrite(chunk);
                }
            }
        }
        finally
        {
            _toWrite.Writer.TryComplete();
            _toHash.Writer.TryComplete();

            // The semaphore must outlive its users; their failures are told by those who wait for the chunk.
            await Task.WhenAll(filling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    private void Announce(List<VolumeRun> runs)
    {
        foreach (var run in runs)
        {
            _volume.Layers[run.Layer].Announce(run.Offset, run.Length);
        }
    }

    /// <summary>Cuts the volume into chunks on a grid; neighbouring cells without data become one hole.</summary>
    private IEnumerable<(long Offset, long Length, List<VolumeRun> Runs)> Plan(CancellationToken cancellationToken)
    {
        long size = _options.ChunkSize;
        var position = 0L;
        var runs = new List<VolumeRun>();
        foreach (var found in _volume.Runs(cancellationToken))
        {
            for (var run = found; run.Length > 0;)
            {
                var cell = run.Offset - (run.Offset % size);
                if (runs.Count > 0 && cell > position)
                {
                    yield return (position, Math.Min(size, _volume.Size - position), runs);
                    position += size;
                    runs = [];
                }

                if (cell > position)
                {
                    yield return (position, cell - position, []);
                    position = cell;
                }

                var length = Math.Min(run.Length, cell + size - run.Offset);
                runs.Add(run with { Length = length });
                run = run with { Offset = run.Offset + length, Length = run.Length - length };
            }
        }

        if (runs.Count > 0)
        {
            var length = Math.Min(size, _volume.Size - position);
            yield return (position, length, runs);
            position += length;
        }

        if (position < _volume.Size)
        {
            yield return (position, _volume.Size - position, []);
        }
    }

    private void Fill(CopyChunk chunk, SemaphoreSlim readers)
    {
        try
        {
            var buffer = chunk.Buffer.AsSpan(0, (int)chunk.Length);
            var position = 0;
            foreach (var run in chunk.Runs)
            {
                var start = (int)(run.Offset - chunk.Offset);
                buffer[position..start].Clear();
                position = start + (int)run.Length;
                _volume.Layers[run.Layer].Read(run.Offset, buffer[start..position]);
            }

            buffer[position..].Clear();
        }
        finally
        {
            readers.Release();
        }
    }

    private async Task<Sha256Digest?> HashAsync(CancellationToken cancellationToken)
    {
        if (!IsHashing)
        {
            return null;
        }

        if (_options.Digest == DigestMode.Extents)
        {
            using var digest = new ExtentDigest(_volume, cancellationToken);
            await foreach (var chunk in _toHash.Reader.ReadAllAsync(cancellationToken))
            {
                if (chunk.Buffer is not null)
                {
                    await chunk.Filled.WaitAsync(cancellationToken);
                    chunk.Runs.ForEach(run => digest.Append(run.Offset, chunk.ContentOf(run)));
                    Release(chunk);
                }
            }

            return digest.Complete();
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var chunk in _toHash.Reader.ReadAllAsync(cancellationToken))
        {
            if (chunk.Buffer is null)
            {
                for (var rest = chunk.Length; rest > 0; rest -= Zeros.Length)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    hash.AppendData(Zeros, 0, (int)Math.Min(rest, Zeros.Length));
                }

                continue;
            }

            await chunk.Filled.WaitAsync(cancellationToken);
            hash.AppendData(chunk.Content.Span);
            Release(chunk);
        }

        return Sha256Digest.From(hash.GetHashAndReset());
    }

    private async Task<Sha256Digest?> WriteAsync(CancellationToken cancellationToken)
    {
        await foreach (var chunk in _toWrite.Reader.ReadAllAsync(cancellationToken))
        {
            await chunk.Filled.WaitAsync(cancellationToken);
            var written = Math.Min(_target.AlreadyWritten - chunk.Offset, chunk.Length);
            if (written > 0)
            {
                // Null is spelt out: a bare one would become an empty range of bytes.
                var expected = chunk.Buffer is null ? (ReadOnlyMemory<byte>?)null : chunk.Content[..(int)written];
                await _target.MendAsync(chunk.Offset, written, expected, cancellationToken);
            }

            if (written == chunk.Length)
            {
                Release(chunk);
            }
            else if (chunk.Buffer is null)
            {
                if (!_target.ReadsAsZeros)
                {
                    await _target.WriteZerosAsync(chunk.Offset, chunk.Length, cancellationToken);
                }
            }
            else
            {
                await WriteDataAsync(chunk, cancellationToken);
                Release(chunk);
            }

            Report(chunk);
        }

        return null;
    }

    private async Task WriteDataAsync(CopyChunk chunk, CancellationToken cancellationToken)
    {
        if (!_target.ReadsAsZeros)
        {
            await _target.WriteAsync(chunk.Offset, chunk.Content, cancellationToken);
            return;
        }

        for (var i = 0; i < chunk.Runs.Count;)
        {
            // Runs of different layers that touch are one write.
            var start = (int)(chunk.Runs[i].Offset - chunk.Offset);
            var end = start;
            for (; i < chunk.Runs.Count && chunk.Runs[i].Offset - chunk.Offset == end; i++)
            {
                end += (int)chunk.Runs[i].Length;
            }

            while (NextNonZero(chunk.Content.Span, ref start, end) is var length and > 0)
            {
                await _target.WriteAsync(chunk.Offset + start, chunk.Content.Slice(start, length), cancellationToken);
                start += length;
            }
        }
    }

    /// <summary>Moves the start past zeros and gives the length of what follows up to the next long run of zeros; 0 at the end.</summary>
    private static int NextNonZero(ReadOnlySpan<byte> content, ref int start, int end)
    {
        while (start < end && IsZero(content, start, end))
        {
            start = Math.Min(start + BlockSize, end);
        }

        var (position, zeros) = (start, 0);
        while (position < end && zeros < ShortestZeroRun)
        {
            zeros = IsZero(content, position, end) ? zeros + BlockSize : 0;
            position += BlockSize;
        }

        position = Math.Min(position, end);
        return zeros >= ShortestZeroRun ? position - zeros - start : position - start;
    }

    private static bool IsZero(ReadOnlySpan<byte> content, int start, int end) =>
        content[start..Math.Min(start + BlockSize, end)].IndexOfAnyExcept((byte)0) < 0;

    private void Release(CopyChunk chunk)
    {
        if (chunk.Buffer is not null && chunk.Release())
        {
            _free.Writer.TryWrite(chunk.Buffer);
        }
    }

    private void Report(CopyChunk chunk)
    {
        lock (_progressLock)
        {
            _done += chunk.Length;
            _data += chunk.Runs.Sum(run => run.Length);
            _options.Progress?.Report(new CopyProgress(_done, _volume.Size, _data));
        }
    }
}
