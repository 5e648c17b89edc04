using System.Buffers;
using System.Buffers.Binary;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>One client of the server: negotiation, then requests answered as they finish, in any order.</summary>
internal sealed class NbdConnection(Stream stream, IReadOnlyList<NbdExport> exports, NbdPieces pieces, NbdServerOptions options, TimeProvider time) : IDisposable
{
    /// <summary>The number this server gives the context base:allocation.</summary>
    public const uint AllocationContext = 1;

    /// <summary>Requests that may wait; those beyond stay in the socket. <c>nbdcopy</c> sends 64 ahead.</summary>
    private const int MaximumOutstanding = 256;

    /// <summary>What the writes that wait may hold, in units; the longest one takes all of them.</summary>
    private const int PayloadUnits = 32;

    private const int PayloadUnit = NbdProtocol.MaximumPayload / PayloadUnits;
    private const int MaximumExtents = 4096;

    private readonly NbdReader _reader = new(stream);
    private readonly byte[] _header = new byte[NbdProtocol.RequestLength];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _outstanding = new(MaximumOutstanding, MaximumOutstanding);
    private readonly SemaphoreSlim _payloads = new(PayloadUnits, PayloadUnits);
    private bool _structured;
    private bool _allocation;
    private volatile bool _gone;

    /// <summary>Serves until the client leaves, breaks the protocol, or the token fires.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var export = await NegotiateAsync(cancellationToken).ConfigureAwait(false);
        if (export is null)
        {
            return;
        }

        Chosen?.Invoke();
        var queue = new NbdQueue(pieces, (queued, piece) => AnswerAsync(export, queued, piece, cancellationToken));
        try
        {
            while (await ReceiveAsync(export, queue, cancellationToken).ConfigureAwait(false))
            {
            }
        }
        catch
        {
            _gone = true;
            throw;
        }
        finally
        {
            // The device must not be touched once this returns: its owner may close it next.
            await queue.DrainAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Called when the client was given an export.</summary>
    public Action? Chosen { get; init; }

    public void Dispose()
    {
        _sending.Dispose();
        _outstanding.Dispose();
        _payloads.Dispose();
    }

    private async Task<NbdExport?> NegotiateAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.NegotiationTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var negotiation = new NbdNegotiation(stream, _reader, exports);
        var export = await negotiation.RunAsync(linked.Token).ConfigureAwait(false);
        _structured = negotiation.Structured;
        _allocation = negotiation.Allocation;
        return export;
    }

    private async Task<bool> ReceiveAsync(NbdExport export, NbdQueue queue, CancellationToken cancellationToken)
    {
        if (!await _reader.TryReadAsync(_header, cancellationToken).ConfigureAwait(false))
        {
            // Without a goodbye: nobody takes what is still to be answered.
            _gone = true;
            return false;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(_header) != NbdProtocol.RequestMagic)
        {
            throw new InvalidDataException("A request does not start with its magic number.");
        }

        var request = new NbdRequest(
            BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(4)),
            BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(6)),
            BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(8)),
            BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(16)),
            BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(24)));
        if (request.Command == NbdProtocol.CommandDisconnect)
        {
            return false;
        }

        if (request.Command == NbdProtocol.CommandWrite && request.Length > NbdProtocol.MaximumPayload)
        {
            throw new InvalidDataException($"A write of {request.Length} bytes.");
        }

        await _outstanding.WaitAsync(cancellationToken).ConfigureAwait(false);
        var payload = request.Command == NbdProtocol.CommandWrite ? await PayloadAsync(export, request, cancellationToken).ConfigureAwait(false) : null;
        if (request.Command == NbdProtocol.CommandRead && export.Device is IReadAheadBlockDevice device && Refusal(export, request) == 0)
        {
            device.Announce((long)request.Offset, request.Length);
        }

        queue.Add(new NbdQueuedRequest(request, payload));
        return true;
    }

    /// <summary>Receives what a write carries; what is refused anyway is not kept.</summary>
    private async Task<byte[]?> PayloadAsync(NbdExport export, NbdRequest request, CancellationToken cancellationToken)
    {
        if (Refusal(export, request) != 0)
        {
            await _reader.SkipAsync(request.Length, cancellationToken).ConfigureAwait(false);
            return null;
        }

        // Only this method takes units, so taking them one by one does not wait for itself.
        for (var unit = 0; unit < UnitsOf(request); unit++)
        {
            await _payloads.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        var payload = ArrayPool<byte>.Shared.Rent((int)request.Length);
        await _reader.ReadAsync(payload.AsMemory(0, (int)request.Length), cancellationToken).ConfigureAwait(false);
        return payload;
    }

    private static int UnitsOf(NbdRequest request) => (int)((request.Length + PayloadUnit - 1) / PayloadUnit);

    private async Task AnswerAsync(NbdExport export, NbdQueuedRequest queued, byte[] piece, CancellationToken cancellationToken)
    {
        var (request, payload) = queued;
        try
        {
            if (_gone && payload is null)
            {
                return;
            }

            var error = Refusal(export, request);
            if (error == 0)
            {
                try
                {
                    if (request.Command == NbdProtocol.CommandRead)
                    {
                        await AnswerReadAsync(export, request, piece, cancellationToken).ConfigureAwait(false);
                        return;
                    }

                    if (request.Command == NbdProtocol.CommandBlockStatus)
                    {
                        await AnswerBlockStatusAsync(export, request, cancellationToken).ConfigureAwait(false);
                        return;
                    }

                    await PerformAsync(export.Device, request, payload, cancellationToken).ConfigureAwait(false);
                }
                catch (NbdDisconnectedException)
                {
                    throw;
                }
                catch (Exception exception)
                {
                    error = BlockError.Of(exception);
                }
            }

            await SendAsync(NbdReply.OfError(request.Cookie, error, _structured), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The client is gone or the server stops: the receiving side of this connection finds the same out, and ends it.
            _gone = true;
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (payload is not null)
            {
                ArrayPool<byte>.Shared.Return(payload);
                if (UnitsOf(request) is var units and > 0)
                {
                    _payloads.Release(units);
                }
            }

            _outstanding.Release();
        }
    }

    /// <summary>The errno a request is refused with, or 0.</summary>
    private int Refusal(NbdExport export, NbdRequest request)
    {
        var size = (ulong)export.Device.Size;
        var outside = request.Offset > size || request.Length > size - request.Offset;
        const int known = NbdProtocol.CommandFlagFua | NbdProtocol.CommandFlagNoHole | NbdProtocol.CommandFlagDf | NbdProtocol.CommandFlagReqOne;
        if ((request.Flags & ~known) != 0)
        {
            return BlockError.Invalid;
        }

        switch (request.Command)
        {
            case NbdProtocol.CommandRead:
                return outside ? BlockError.Invalid : request.Length > NbdProtocol.MaximumPayload ? BlockError.Overflow : 0;
            case NbdProtocol.CommandBlockStatus:
                return outside || request.Length == 0 || !_allocation ? BlockError.Invalid : 0;
            case NbdProtocol.CommandFlush:
                return 0;
            case NbdProtocol.CommandWrite or NbdProtocol.CommandTrim or NbdProtocol.CommandWriteZeroes when export.ReadOnly:
                return BlockError.NotPermitted;
            case NbdProtocol.CommandWrite:
            case NbdProtocol.CommandWriteZeroes when export.Device is IZeroingBlockDevice:
                return outside ? BlockError.NoSpace : 0;
            case NbdProtocol.CommandTrim when export.Device is ITrimmingBlockDevice:
                return outside ? BlockError.Invalid : 0;
            default:
                return BlockError.Invalid;
        }
    }

    private static async Task PerformAsync(IBlockDevice device, NbdRequest request, byte[]? payload, CancellationToken cancellationToken)
    {
        var offset = (long)request.Offset;
        switch (request.Command)
        {
            case NbdProtocol.CommandWrite:
                await device.WriteAsync(offset, payload.AsMemory(0, (int)request.Length), cancellationToken).ConfigureAwait(false);
                break;
            case NbdProtocol.CommandTrim:
                await ((ITrimmingBlockDevice)device).TrimAsync(offset, request.Length, cancellationToken).ConfigureAwait(false);
                break;
            case NbdProtocol.CommandWriteZeroes:
                var allocate = (request.Flags & NbdProtocol.CommandFlagNoHole) != 0;
                await ((IZeroingBlockDevice)device).WriteZeroesAsync(offset, request.Length, allocate, cancellationToken).ConfigureAwait(false);
                break;
        }

        if (request.Command == NbdProtocol.CommandFlush || (request.Flags & NbdProtocol.CommandFlagFua) != 0)
        {
            await device.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Task AnswerReadAsync(NbdExport export, NbdRequest request, byte[] piece, CancellationToken cancellationToken) =>
        _structured && (request.Flags & NbdProtocol.CommandFlagDf) == 0
            ? new NbdReadReply(export, request, piece, SendAsync).RunAsync(cancellationToken)
            : AnswerReadInOneAsync(export, request, piece, cancellationToken);

    /// <summary>
    /// Answers with one header and all the data. What is longer than a piece is sent while it is read, so nothing else is sent meanwhile,
    /// and a failure halfway can only be told by hanging up.
    /// </summary>
    private async Task AnswerReadInOneAsync(NbdExport export, NbdRequest request, byte[] piece, CancellationToken cancellationToken)
    {
        var length = (int)request.Length;
        var prefix = !_structured ? NbdProtocol.SimpleReplyLength
            : length == 0 ? NbdProtocol.StructuredReplyLength
            : NbdProtocol.StructuredReplyLength + 8;
        var first = Math.Min(length, NbdPieces.Payload);
        await export.Device.ReadAsync((long)request.Offset, piece.AsMemory(prefix, first), cancellationToken).ConfigureAwait(false);
        if (!_structured)
        {
            NbdReply.WriteSimple(piece, request.Cookie, 0);
        }
        else if (length == 0)
        {
            NbdReply.WriteChunk(piece, request.Cookie, NbdProtocol.ChunkDone, NbdProtocol.ChunkNone, 0);
        }
        else
        {
            NbdReply.WriteChunk(piece, request.Cookie, NbdProtocol.ChunkDone, NbdProtocol.ChunkOffsetData, 8 + length);
            BinaryPrimitives.WriteUInt64BigEndian(piece.AsSpan(NbdProtocol.StructuredReplyLength), request.Offset);
        }

        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(piece.AsMemory(0, prefix + first), cancellationToken).ConfigureAwait(false);
            for (var sent = first; sent < length;)
            {
                var next = piece.AsMemory(0, Math.Min(length - sent, NbdPieces.Payload));
                await export.Device.ReadAsync((long)request.Offset + sent, next, cancellationToken).ConfigureAwait(false);
                await stream.WriteAsync(next, cancellationToken).ConfigureAwait(false);
                sent += next.Length;
            }
        }
        catch (Exception exception)
        {
            throw new NbdDisconnectedException(exception);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task AnswerBlockStatusAsync(NbdExport export, NbdRequest request, CancellationToken cancellationToken)
    {
        var device = (IAllocatedBlockDevice)export.Device;
        var extents = await device.AllocationAsync((long)request.Offset, request.Length, cancellationToken).ConfigureAwait(false);
        var count = (request.Flags & NbdProtocol.CommandFlagReqOne) != 0 ? 1 : Math.Min(extents.Count, MaximumExtents);
        var reply = new byte[NbdProtocol.StructuredReplyLength + 4 + (8 * count)];
        NbdReply.WriteChunk(reply, request.Cookie, NbdProtocol.ChunkDone, NbdProtocol.ChunkBlockStatus, 4 + (8 * count));
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(NbdProtocol.StructuredReplyLength), AllocationContext);
        for (var index = 0; index < count; index++)
        {
            var at = reply.AsSpan(NbdProtocol.StructuredReplyLength + 4 + (8 * index));
            BinaryPrimitives.WriteUInt32BigEndian(at, (uint)extents[index].Length);
            BinaryPrimitives.WriteUInt32BigEndian(at[4..], (extents[index].Hole ? NbdProtocol.StateHole : 0) | (extents[index].Zero ? NbdProtocol.StateZero : 0));
        }

        await SendAsync(reply, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> reply, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(reply, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            throw new NbdDisconnectedException(exception);
        }
        finally
        {
            _sending.Release();
        }
    }
}
