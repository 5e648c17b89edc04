using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>
/// A block device behind an NBD server. Requests are pipelined over one connection: any number may be outstanding, and replies are
/// taken in whatever order they come. An error of the server is an <see cref="IOException"/> in the operating system's words.
/// </summary>
public sealed class NbdClient : IZeroingBlockDevice, ITrimmingBlockDevice, IAllocatedBlockDevice
{
    /// <summary>Longest piece one request carries here: long enough that its cost vanishes, short enough that several are under way.</summary>
    private const int Piece = 4 * 1024 * 1024;

    /// <summary>Longest run one request zeroes or asks about: the protocol has 32 bits, servers like round numbers.</summary>
    private const long LongRun = 1L << 30;

    private readonly Stream _stream;
    private readonly NbdReader _reader;
    private readonly NbdHandshake _handshake;
    private readonly int _piece;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<ulong, NbdPending> _pending = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _receiving;
    private ulong _cookie;
    private volatile Exception? _broken;
    private int _disposed;

    private NbdClient(Stream stream, NbdReader reader, NbdHandshake handshake)
    {
        _stream = stream;
        _reader = reader;
        _handshake = handshake;
        _piece = Math.Min(Piece, handshake.MaximumPayload);
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <inheritdoc/>
    public long Size => _handshake.Size;

    /// <summary>The server refuses writes.</summary>
    public bool ReadOnly => Has(NbdProtocol.FlagReadOnly);

    /// <summary>The server zeroes ranges by itself; otherwise <see cref="WriteZeroesAsync"/> sends zeros.</summary>
    public bool CanWriteZeroes => Has(NbdProtocol.FlagSendWriteZeroes);

    /// <summary>The server says what is allocated; otherwise everything counts as data.</summary>
    public bool CanTellAllocation => _handshake.AllocationContext is not null;

    /// <summary>Connects to <c>nbd+unix:///EXPORT?socket=PATH</c> or <c>nbd://HOST:PORT/EXPORT</c>.</summary>
    /// <param name="uri">The address.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="FormatException">The URI is of another kind.</exception>
    /// <exception cref="IOException">Nothing listens there, or the server refused.</exception>
    public static async Task<NbdClient> ConnectAsync(Uri uri, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var address = NbdAddress.Parse(uri);
        var stream = await address.ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var reader = new NbdReader(stream);
            var handshake = new NbdHandshake(stream, reader, address.Export);
            await handshake.RunAsync(cancellationToken).ConfigureAwait(false);
            return new NbdClient(stream, reader, handshake);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        CheckRange(offset, buffer.Length);
        return PiecesAsync(offset, buffer.Length, _piece, (at, length) =>
        {
            var part = buffer.Slice((int)(at - offset), (int)length);
            var pending = new NbdPending($"Reading {length} bytes at {at}", at, part);
            return RequestAsync(NbdProtocol.CommandRead, 0, at, length, default, pending, cancellationToken);
        });
    }

    /// <inheritdoc/>
    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        CheckRange(offset, data.Length);
        return PiecesAsync(offset, data.Length, _piece, (at, length) =>
        {
            var pending = new NbdPending($"Writing {length} bytes at {at}", at, default);
            return RequestAsync(NbdProtocol.CommandWrite, 0, at, length, data.Slice((int)(at - offset), (int)length), pending, cancellationToken);
        });
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => Has(NbdProtocol.FlagSendFlush)
        ? RequestAsync(NbdProtocol.CommandFlush, 0, 0, 0, default, new NbdPending("Flushing", 0, default), cancellationToken)
        : Task.CompletedTask;

    /// <inheritdoc/>
    public async Task WriteZeroesAsync(long offset, long length, bool allocate, CancellationToken cancellationToken)
    {
        CheckRange(offset, length);
        if (!CanWriteZeroes)
        {
            var zeros = new byte[Math.Min(length, _piece)];
            await PiecesAsync(offset, length, _piece, (at, part) => WriteAsync(at, zeros.AsMemory(0, (int)part), cancellationToken)).ConfigureAwait(false);
            return;
        }

        var flags = allocate ? NbdProtocol.CommandFlagNoHole : (ushort)0;
        await PiecesAsync(offset, length, LongRun, (at, part) =>
            RequestAsync(NbdProtocol.CommandWriteZeroes, flags, at, part, default, new NbdPending($"Zeroing {part} bytes at {at}", at, default), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Gives a range back; does nothing if the server does not support it.</summary>
    /// <inheritdoc/>
    public Task TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        CheckRange(offset, length);
        return !Has(NbdProtocol.FlagSendTrim) ? Task.CompletedTask : PiecesAsync(offset, length, LongRun, (at, part) =>
            RequestAsync(NbdProtocol.CommandTrim, 0, at, part, default, new NbdPending($"Trimming {part} bytes at {at}", at, default), cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<BlockExtent>> AllocationAsync(long offset, long length, CancellationToken cancellationToken)
    {
        CheckRange(offset, length);
        if (!CanTellAllocation)
        {
            return [new BlockExtent(length, Hole: false, Zero: false)];
        }

        var pending = new NbdPending($"Asking what is allocated at {offset}", offset, default);
        await RequestAsync(NbdProtocol.CommandBlockStatus, 0, offset, Math.Min(length, LongRun), default, pending, cancellationToken).ConfigureAwait(false);
        var extents = new List<BlockExtent>();
        foreach (var extent in pending.Extents)
        {
            // The last extent of an answer may reach beyond what was asked.
            var kept = Math.Min(extent.Length, length);
            if (kept > 0)
            {
                extents.Add(extent with { Length = kept });
                length -= kept;
            }
        }

        return extents.Count > 0 ? extents : throw new IOException("The NBD server answered a block status with nothing.");
    }

    /// <summary>Says goodbye and closes the connection; requests under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (_broken is null && _sending.Wait(0, CancellationToken.None))
        {
            try
            {
                var goodbye = new byte[NbdProtocol.RequestLength];
                WriteRequest(goodbye, NbdProtocol.CommandDisconnect, 0, 0, 0, 0);
                await _stream.WriteAsync(goodbye, CancellationToken.None).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The server left first.
            }
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        _closing.Dispose();
    }

    private bool Has(ushort flag) => (_handshake.Flags & NbdProtocol.HasFlags) != 0 && (_handshake.Flags & flag) != 0;

    private void CheckRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
    }

    private static Task PiecesAsync(long offset, long length, long piece, Func<long, long, Task> request)
    {
        if (length == 0)
        {
            return Task.CompletedTask;
        }

        if (length <= piece)
        {
            return request(offset, length);
        }

        var requests = new List<Task>();
        for (var done = 0L; done < length; done += piece)
        {
            requests.Add(request(offset + done, Math.Min(piece, length - done)));
        }

        return Task.WhenAll(requests);
    }

    private async Task RequestAsync(ushort command, ushort flags, long offset, long length, ReadOnlyMemory<byte> data, NbdPending pending, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var cookie = Interlocked.Increment(ref _cookie);
        _pending[cookie] = pending;
        try
        {
            await SendAsync(command, flags, cookie, offset, length, data, cancellationToken).ConfigureAwait(false);
            if (_broken is { } broken)
            {
                pending.Break(broken);
            }

            using var registration = cancellationToken.Register(() => pending.Abandon(cancellationToken));
            await pending.Completion.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _pending.TryRemove(cookie, out _);
            throw;
        }
    }

    private async Task SendAsync(ushort command, ushort flags, ulong cookie, long offset, long length, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _pending.TryRemove(cookie, out _);
            throw;
        }

        // A short write goes out with its header in one piece; a long one is not copied.
        const int together = 64 * 1024;
        var head = ArrayPool<byte>.Shared.Rent(NbdProtocol.RequestLength + Math.Min(data.Length, together));
        try
        {
            WriteRequest(head, command, flags, cookie, offset, length);
            var joined = data.Length <= together ? data.Length : 0;
            data[..joined].CopyTo(head.AsMemory(NbdProtocol.RequestLength));
            await _stream.WriteAsync(head.AsMemory(0, NbdProtocol.RequestLength + joined), cancellationToken).ConfigureAwait(false);
            if (joined < data.Length)
            {
                await _stream.WriteAsync(data, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // Half a request may be on its way; nothing sensible can follow it.
            _broken ??= exception;
            await _stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
            _sending.Release();
        }
    }

    private static void WriteRequest(Span<byte> request, ushort command, ushort flags, ulong cookie, long offset, long length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(request, NbdProtocol.RequestMagic);
        BinaryPrimitives.WriteUInt16BigEndian(request[4..], flags);
        BinaryPrimitives.WriteUInt16BigEndian(request[6..], command);
        BinaryPrimitives.WriteUInt64BigEndian(request[8..], cookie);
        BinaryPrimitives.WriteInt64BigEndian(request[16..], offset);
        BinaryPrimitives.WriteUInt32BigEndian(request[24..], (uint)length);
    }

    private async Task ReceiveAsync()
    {
        var header = new byte[NbdProtocol.StructuredReplyLength];
        try
        {
            while (true)
            {
                await _reader.ReadAsync(header.AsMemory(0, NbdProtocol.SimpleReplyLength), _closing.Token).ConfigureAwait(false);
                switch (BinaryPrimitives.ReadUInt32BigEndian(header))
                {
                    case NbdProtocol.SimpleReplyMagic:
                        await SimpleAsync(header).ConfigureAwait(false);
                        break;
                    case NbdProtocol.StructuredReplyMagic when _handshake.Structured:
                        await _reader.ReadAsync(header.AsMemory(NbdProtocol.SimpleReplyLength, 4), _closing.Token).ConfigureAwait(false);
                        await ChunkAsync(header).ConfigureAwait(false);
                        break;
                    default:
                        throw new IOException("A reply does not start with its magic number.");
                }
            }
        }
        catch (Exception exception)
        {
            _broken ??= exception;
            foreach (var cookie in _pending.Keys)
            {
                if (_pending.TryRemove(cookie, out var pending))
                {
                    pending.Break(_broken);
                }
            }
        }
    }

    private async Task SimpleAsync(byte[] header)
    {
        var pending = Take(BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8)), done: true);
        pending.Error = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4));
        if (pending.Error == 0 && pending.Destination.Length > 0)
        {
            await FillAsync(pending, pending.Offset, pending.Destination.Length).ConfigureAwait(false);
        }

        pending.TryAnswer();
        pending.Finish();
    }

    private async Task ChunkAsync(byte[] header)
    {
        var done = (BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(4)) & NbdProtocol.ChunkDone) != 0;
        var type = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(6));
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16));
        var pending = Take(BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8)), done);
        if (length > NbdProtocol.MaximumPayload + 8)
        {
            throw new IOException($"A reply of {length} bytes.");
        }

        switch (type)
        {
            case NbdProtocol.ChunkOffsetData when length > 8:
                var at = new byte[8];
                await _reader.ReadAsync(at, _closing.Token).ConfigureAwait(false);
                await FillAsync(pending, BinaryPrimitives.ReadInt64BigEndian(at), (int)length - 8).ConfigureAwait(false);
                break;
            case NbdProtocol.ChunkOffsetHole when length == 12:
                var hole = new byte[12];
                await _reader.ReadAsync(hole, _closing.Token).ConfigureAwait(false);
                var size = BinaryPrimitives.ReadInt32BigEndian(hole.AsSpan(8));
                var zeroed = Part(pending, BinaryPrimitives.ReadInt64BigEndian(hole), size);
                if (pending.TryAnswer())
                {
                    zeroed.Span.Clear();
                }

                break;
            case NbdProtocol.ChunkBlockStatus when length >= 12 && (length - 4) % 8 == 0:
                var status = new byte[length];
                await _reader.ReadAsync(status, _closing.Token).ConfigureAwait(false);
                ReadExtents(pending, status);
                break;
            default:
                var payload = new byte[length];
                await _reader.ReadAsync(payload, _closing.Token).ConfigureAwait(false);
                if ((type & NbdProtocol.ChunkErrorBit) != 0)
                {
                    pending.Error = length >= 4 && BinaryPrimitives.ReadInt32BigEndian(payload) is not 0 and var error ? error : BlockError.InputOutput;
                }
                else if (type != NbdProtocol.ChunkNone)
                {
                    throw new IOException($"A reply of the unknown kind {type}.");
                }

                break;
        }

        if (done)
        {
            if (pending.Error == 0 && pending.Filled != pending.Destination.Length)
            {
                throw new IOException("A reply ended before all data had come.");
            }

            pending.TryAnswer();
            pending.Finish();
        }
    }

    private void ReadExtents(NbdPending pending, byte[] status)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(status) != _handshake.AllocationContext)
        {
            return;
        }

        for (var position = 4; position < status.Length; position += 8)
        {
            var kind = BinaryPrimitives.ReadUInt32BigEndian(status.AsSpan(position + 4));
            pending.Extents.Add(new BlockExtent(
                BinaryPrimitives.ReadUInt32BigEndian(status.AsSpan(position)),
                (kind & NbdProtocol.StateHole) != 0,
                (kind & NbdProtocol.StateZero) != 0));
        }
    }

    private async Task FillAsync(NbdPending pending, long offset, int length)
    {
        var part = Part(pending, offset, length);
        if (pending.TryAnswer())
        {
            await _reader.ReadAsync(part, _closing.Token).ConfigureAwait(false);
        }
        else
        {
            await _reader.SkipAsync(length, _closing.Token).ConfigureAwait(false);
        }
    }

    private static Memory<byte> Part(NbdPending pending, long offset, int length)
    {
        var start = offset - pending.Offset;
        if (start < 0 || length <= 0 || start + length > pending.Destination.Length || pending.Filled + length > pending.Destination.Length)
        {
            throw new IOException("A reply carries data that were not asked for.");
        }

        pending.Filled += length;
        return pending.Destination.Slice((int)start, length);
    }

    private NbdPending Take(ulong cookie, bool done)
    {
        var known = done ? _pending.TryRemove(cookie, out var pending) : _pending.TryGetValue(cookie, out pending);
        return known ? pending! : throw new IOException("A reply to a request that was never made.");
    }
}
