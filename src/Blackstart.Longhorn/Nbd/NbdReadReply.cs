using System.Buffers.Binary;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>
/// Makes the reply to one read in a buffer of a fixed length, however long the read is: data in chunks, and holes as chunks without data
/// where the client understands them.
/// </summary>
/// <param name="export">What is read.</param>
/// <param name="request">The read, within the export.</param>
/// <param name="buffer">A piece, from <see cref="NbdPieces"/>.</param>
/// <param name="send">Sends what is in the buffer; others' replies may come in between.</param>
internal sealed class NbdReadReply(NbdExport export, NbdRequest request, byte[] buffer, Func<ReadOnlyMemory<byte>, CancellationToken, Task> send)
{
    private const int DataHeader = NbdProtocol.StructuredReplyLength + 8;
    private const int HoleChunk = NbdProtocol.StructuredReplyLength + 12;

    /// <summary>Shorter holes travel as zeros: a chunk more costs both sides as much as copying so many bytes.</summary>
    private const int ShortestHole = 16 * 1024;

    /// <summary>Data is not begun in the rest of a buffer that has no room for this much.</summary>
    private const int ShortestData = 4096;

    private readonly long _end = (long)request.Offset + request.Length;
    private long _position = (long)request.Offset;
    private int _used;

    /// <summary>Sends the reply as structured chunks, the last one marked.</summary>
    /// <exception cref="NbdDisconnectedException">The client is gone.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (_position < _end)
        {
            foreach (var (length, hole) in await PartsAsync(cancellationToken).ConfigureAwait(false))
            {
                if (hole)
                {
                    await HoleAsync(length, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await DataAsync(length, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        if (request.Length == 0)
        {
            NbdReply.WriteChunk(buffer, request.Cookie, NbdProtocol.ChunkDone, NbdProtocol.ChunkNone, 0);
            _used = NbdProtocol.StructuredReplyLength;
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What comes next, as data and holes worth a chunk. Only what cannot be written to is looked at: elsewhere a hole may be gone by the time it is told.</summary>
    private async Task<IReadOnlyList<(long Length, bool Hole)>> PartsAsync(CancellationToken cancellationToken)
    {
        if (!export.ReadOnly || export.Device is not IAllocatedBlockDevice device)
        {
            return [(_end - _position, false)];
        }

        var parts = new List<(long Length, bool Hole)>();
        foreach (var extent in await device.AllocationAsync(_position, _end - _position, cancellationToken).ConfigureAwait(false))
        {
            var hole = extent.Zero && extent.Length >= ShortestHole;
            if (parts.Count > 0 && parts[^1].Hole == hole)
            {
                parts[^1] = (parts[^1].Length + extent.Length, hole);
            }
            else
            {
                parts.Add((extent.Length, hole));
            }
        }

        return parts;
    }

    private async Task HoleAsync(long length, CancellationToken cancellationToken)
    {
        if (buffer.Length - _used < HoleChunk)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        var chunk = buffer.AsSpan(_used, HoleChunk);
        NbdReply.WriteChunk(chunk, request.Cookie, Flags(length), NbdProtocol.ChunkOffsetHole, 12);
        BinaryPrimitives.WriteInt64BigEndian(chunk[NbdProtocol.StructuredReplyLength..], _position);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[(NbdProtocol.StructuredReplyLength + 8)..], (uint)length);
        _used += HoleChunk;
        _position += length;
    }

    private async Task DataAsync(long length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            var room = Math.Min(buffer.Length - _used - DataHeader, NbdPieces.Payload);
            if (room < Math.Min(length, ShortestData))
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            var count = (int)Math.Min(room, length);
            await export.Device.ReadAsync(_position, buffer.AsMemory(_used + DataHeader, count), cancellationToken).ConfigureAwait(false);
            var chunk = buffer.AsSpan(_used, DataHeader);
            NbdReply.WriteChunk(chunk, request.Cookie, Flags(count), NbdProtocol.ChunkOffsetData, 8 + count);
            BinaryPrimitives.WriteInt64BigEndian(chunk[NbdProtocol.StructuredReplyLength..], _position);
            _used += DataHeader + count;
            _position += count;
            length -= count;
        }
    }

    private ushort Flags(long length) => _position + length == _end ? NbdProtocol.ChunkDone : (ushort)0;

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await send(buffer.AsMemory(0, _used), cancellationToken).ConfigureAwait(false);
        _used = 0;
    }
}
