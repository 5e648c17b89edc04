namespace Blackstart.Longhorn.Nbd;

/// <summary>
/// The buffers that replies are made in, shared by all connections of a server, so that what it holds in memory does not grow with the
/// number of clients and requests. A connection may always have one, so that those who do not take what they asked for (and keep
/// theirs) cannot stop the others; more than one are lent while there are any left.
/// </summary>
internal sealed class NbdPieces
{
    /// <summary>Bytes of a reply that are made and sent at a time.</summary>
    public const int Payload = 256 * 1024;

    /// <summary>Room for the headers of the chunks that a piece may be made of.</summary>
    public const int Length = Payload + 4096;

    /// <summary>16 MiB for all; with one for each of 64 connections beyond them, 32 MiB at the very most.</summary>
    private const int Shared = 64;

    /// <summary>Buffers that one connection works with at a time, when it is alone.</summary>
    private const int MostPerConnection = 8;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _free = new();
    private int _lent;
    private int _connections;

    /// <summary>How many buffers a connection may have now.</summary>
    public int Share => Math.Clamp(Shared / Math.Max(1, Volatile.Read(ref _connections)), 1, MostPerConnection);

    public void Join() => Interlocked.Increment(ref _connections);

    /// <summary>A connection is gone; the last one takes the buffers with it.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _connections) == 0)
        {
            lock (_lock)
            {
                _free.Clear();
            }
        }
    }

    /// <summary>Gives a buffer to a connection that has none.</summary>
    public byte[] TakeFirst()
    {
        lock (_lock)
        {
            return Take();
        }
    }

    /// <summary>Gives another buffer to a connection that has one, if there is any left.</summary>
    public byte[]? TryTakeAnother()
    {
        lock (_lock)
        {
            return _lent < Shared ? Take() : null;
        }
    }

    public void Return(byte[] piece)
    {
        lock (_lock)
        {
            _lent--;
            _free.Push(piece);
        }
    }

    private byte[] Take()
    {
        _lent++;
        return _free.TryPop(out var piece) ? piece : GC.AllocateUninitializedArray<byte>(Length);
    }
}
