using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>A request that waits for its reply. Its buffer belongs to whoever wins: the receiver when the reply begins, or the caller who gives up before.</summary>
internal sealed class NbdPending(string attempted, long offset, Memory<byte> destination)
{
    private const int Waiting = 0;
    private const int Answering = 1;
    private const int Abandoned = 2;

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    /// <summary>First byte asked for.</summary>
    public long Offset => offset;

    /// <summary>Where read data go; empty for everything else.</summary>
    public Memory<byte> Destination => destination;

    /// <summary>Bytes of the destination that were filled.</summary>
    public int Filled { get; set; }

    /// <summary>What a block status brought.</summary>
    public List<BlockExtent> Extents { get; } = [];

    /// <summary>The errno of the reply, 0 so far.</summary>
    public int Error { get; set; }

    public Task Completion => _completion.Task;

    /// <summary>True if the caller still wants the reply; from then on it cannot give up.</summary>
    public bool TryAnswer() => Interlocked.CompareExchange(ref _state, Answering, Waiting) is Waiting or Answering;

    public void Abandon(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Abandoned, Waiting) == Waiting)
        {
            _completion.TrySetCanceled(cancellationToken);
        }
    }

    public void Finish()
    {
        if (Error == 0)
        {
            _completion.TrySetResult();
        }
        else
        {
            _completion.TrySetException(BlockError.Exception(Error, attempted));
        }
    }

    public void Break(Exception exception) =>
        _completion.TrySetException(new IOException($"{attempted}: the connection to the NBD server is gone: {exception.Message}", exception));
}
