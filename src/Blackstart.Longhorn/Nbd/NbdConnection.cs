using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>One client of the server: negotiation, then requests answered as they finish, in any order.</summary>
internal sealed class NbdConnection(Stream stream, IReadOnlyList<NbdExport> exports, TimeProvider time) : IDisposable
{
    /// <summary>The number this server gives the context base:allocation.</summary>
    public const uint AllocationContext = 1;

    private const int MaximumOutstanding = 32;
    private const int MaximumExtents = 4096;
    private static readonly TimeSpan NegotiationTimeout = TimeSpan.FromSeconds(30);

    private readonly NbdReader _reader = new(stream);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _outstanding = new(MaximumOutstanding, MaximumOutstanding);
    private bool _structured;
    private bool _allocation;

    /// <summary>Serves until the client leaves, breaks the protocol, or the token fires.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var export = await NegotiateAsync(cancellationToken).ConfigureAwait(false);
        if (export is null)
        {
            return;
        }

        try
        {
            while (await ReceiveAsync(export, cancellationToken).ConfigureAwait(false))
            {
            }
        }
        finally
        {
            // The device must not be touched once this returns: its owner may close it next.
            for (var index = 0; index < MaximumOutstanding; index++)
            {
                await _outstanding.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    public void Dispose()
    {
        _sending.Dispose();
        _outstanding.Dispose();
    }

    private async Task<NbdExport?> NegotiateAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(NegotiationTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var negotiation = new NbdNegotiation(stream, _reader, exports);
        var export = await negotiation.RunAsync(linked.Token).ConfigureAwait(false);
        _structured = negotiation.Structured;
        _allocation = negotiation.Allocation;
        return export;
    }

    private async Task<bool> ReceiveAsync(NbdExport export, CancellationToken cancellationToken)
    {
        var header = new byte[NbdProtocol.RequestLength];
        if (!await _reader.TryReadAsync(header, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(header) != NbdProtocol.RequestMagic)
        {
            throw new InvalidDataException("A request does not start with its magic number.");
        }

        var request = new NbdRequest(
            BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(4)),
            BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(6)),
            BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8)),
            BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(16)),
            BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(24)));
        if (request.Command == NbdProtocol.CommandDisconnect)
        {
            return false;
        }

        if (request.Command == NbdProtocol.CommandWrite && request.Length > NbdProtocol.MaximumPayload)
        {
            throw new InvalidDataException($"A write of {request.Length} bytes.");
        }

        await _outstanding.WaitAsync(cancellationToken).ConfigureAwait(false);
        byte[]? payload = null;
        try
        {
            if (request.Command == NbdProtocol.CommandWrite)
            {
                payload = ArrayPool<byte>.Shared.Rent((int)request.Length);
                await _reader.ReadAsync(payload.AsMemory(0, (int)request.Length), cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            _outstanding.Release();
            throw;
        }

        _ = Task.Run(() => AnswerAsync(export, request, payload, cancellationToken), CancellationToken.None);
        return true;
    }

    private async Task AnswerAsync(NbdExport export, NbdRequest request, byte[]? payload, CancellationToken cancellationToken)
    {
        try
        {
            var error = Refusal(export, request);
            if (error == 0)
            {
                try
                {
                    if (request.Command == NbdProtocol.CommandRead)
                    {
                        await AnswerReadAsync(export, request, cancellationToken).ConfigureAwait(false);
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

            await AnswerErrorAsync(request, error, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The client is gone or the server stops: the receiving side of this connection finds the same out, and ends it.
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (payload is not null)
            {
                ArrayPool<byte>.Shared.Return(payload);
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

    private async Task AnswerReadAsync(NbdExport export, NbdRequest request, CancellationToken cancellationToken)
    {
        var length = (int)request.Length;
        var prefix = !_structured ? NbdProtocol.SimpleReplyLength
            : length == 0 ? NbdProtocol.StructuredReplyLength
            : NbdProtocol.StructuredReplyLength + 8;
        var reply = ArrayPool<byte>.Shared.Rent(prefix + length);
        try
        {
            await export.Device.ReadAsync((long)request.Offset, reply.AsMemory(prefix, length), cancellationToken).ConfigureAwait(false);
            if (!_structured)
            {
                WriteSimple(reply, request, 0);
            }
            else if (length == 0)
            {
                WriteChunk(reply, request, NbdProtocol.ChunkNone, 0);
            }
            else
            {
                WriteChunk(reply, request, NbdProtocol.ChunkOffsetData, 8 + length);
                BinaryPrimitives.WriteUInt64BigEndian(reply.AsSpan(NbdProtocol.StructuredReplyLength), request.Offset);
            }

            await SendAsync(reply.AsMemory(0, prefix + length), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(reply);
        }
    }

    private async Task AnswerBlockStatusAsync(NbdExport export, NbdRequest request, CancellationToken cancellationToken)
    {
        var device = (IAllocatedBlockDevice)export.Device;
        var extents = await device.AllocationAsync((long)request.Offset, request.Length, cancellationToken).ConfigureAwait(false);
        var count = (request.Flags & NbdProtocol.CommandFlagReqOne) != 0 ? 1 : Math.Min(extents.Count, MaximumExtents);
        var reply = new byte[NbdProtocol.StructuredReplyLength + 4 + (8 * count)];
        WriteChunk(reply, request, NbdProtocol.ChunkBlockStatus, 4 + (8 * count));
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(NbdProtocol.StructuredReplyLength), AllocationContext);
        for (var index = 0; index < count; index++)
        {
            var at = reply.AsSpan(NbdProtocol.StructuredReplyLength + 4 + (8 * index));
            BinaryPrimitives.WriteUInt32BigEndian(at, (uint)extents[index].Length);
            BinaryPrimitives.WriteUInt32BigEndian(at[4..], (extents[index].Hole ? NbdProtocol.StateHole : 0) | (extents[index].Zero ? NbdProtocol.StateZero : 0));
        }

        await SendAsync(reply, cancellationToken).ConfigureAwait(false);
    }

    private Task AnswerErrorAsync(NbdRequest request, int error, CancellationToken cancellationToken)
    {
        if (!_structured || error == 0)
        {
            var simple = new byte[NbdProtocol.SimpleReplyLength];
            WriteSimple(simple, request, error);
            return SendAsync(simple, cancellationToken);
        }

        var message = Encoding.UTF8.GetBytes(BlockError.Describe(error));
        var reply = new byte[NbdProtocol.StructuredReplyLength + 6 + message.Length];
        WriteChunk(reply, request, NbdProtocol.ChunkError, 6 + message.Length);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(NbdProtocol.StructuredReplyLength), error);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(NbdProtocol.StructuredReplyLength + 4), (ushort)message.Length);
        message.CopyTo(reply, NbdProtocol.StructuredReplyLength + 6);
        return SendAsync(reply, cancellationToken);
    }

    private static void WriteSimple(Span<byte> reply, NbdRequest request, int error)
    {
        BinaryPrimitives.WriteUInt32BigEndian(reply, NbdProtocol.SimpleReplyMagic);
        BinaryPrimitives.WriteInt32BigEndian(reply[4..], error);
        BinaryPrimitives.WriteUInt64BigEndian(reply[8..], request.Cookie);
    }

    private static void WriteChunk(Span<byte> reply, NbdRequest request, ushort type, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(reply, NbdProtocol.StructuredReplyMagic);
        BinaryPrimitives.WriteUInt16BigEndian(reply[4..], NbdProtocol.ChunkDone);
        BinaryPrimitives.WriteUInt16BigEndian(reply[6..], type);
        BinaryPrimitives.WriteUInt64BigEndian(reply[8..], request.Cookie);
        BinaryPrimitives.WriteInt32BigEndian(reply[16..], length);
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
