namespace Blackstart.Longhorn.Nbd;

/// <summary>Exact reads from a stream: small ones through a buffer, so that a run of requests costs one system call; large ones straight into their place.</summary>
internal sealed class NbdReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Fills the destination; false if the peer closed before its first byte.</summary>
    /// <exception cref="EndOfStreamException">The peer closed in the middle.</exception>
    public async ValueTask<bool> TryReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var filled = 0;
        while (filled < destination.Length)
        {
            if (_start == _end && destination.Length - filled >= _buffer.Length)
            {
                var direct = await stream.ReadAsync(destination[filled..], cancellationToken).ConfigureAwait(false);
                if (direct == 0)
                {
                    return filled == 0 ? false : throw new EndOfStreamException("The peer closed the connection within a message.");
                }

                filled += direct;
                continue;
            }

            if (_start == _end)
            {
                _start = 0;
                _end = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
                if (_end == 0)
                {
                    return filled == 0 ? false : throw new EndOfStreamException("The peer closed the connection within a message.");
                }
            }

            var take = Math.Min(_end - _start, destination.Length - filled);
            _buffer.AsMemory(_start, take).CopyTo(destination[filled..]);
            _start += take;
            filled += take;
        }

        return true;
    }

    /// <summary>Fills the destination.</summary>
    /// <exception cref="EndOfStreamException">The peer closed first.</exception>
    public async ValueTask ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!await TryReadAsync(destination, cancellationToken).ConfigureAwait(false))
        {
            throw new EndOfStreamException("The peer closed the connection.");
        }
    }

    /// <summary>Reads bytes and forgets them.</summary>
    public async ValueTask SkipAsync(long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
                if (_end == 0)
                {
                    throw new EndOfStreamException("The peer closed the connection.");
                }
            }

            var take = (int)Math.Min(_end - _start, count);
            _start += take;
            count -= take;
        }
    }
}
