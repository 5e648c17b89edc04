namespace Blackstart.Longhorn.Nbd;

/// <summary>
/// Requests of one connection that wait for an answer, and those who answer them: as many as the connection may have buffers, each with
/// its own. They are started when there is work and end when there is none, so an idle connection costs nothing.
/// </summary>
internal sealed class NbdQueue(NbdPieces pieces, Func<NbdQueuedRequest, byte[], Task> answer)
{
    private readonly Lock _lock = new();
    private readonly Queue<NbdQueuedRequest> _waiting = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answering;
    private bool _closed;

    public void Add(NbdQueuedRequest request)
    {
        lock (_lock)
        {
            _waiting.Enqueue(request);
            var piece = _answering == 0 ? pieces.TakeFirst()
                : _answering < pieces.Share ? pieces.TryTakeAnother()
                : null;
            if (piece is not null)
            {
                _answering++;
                _ = Task.Run(() => AnswerAsync(piece));
            }
        }
    }

    /// <summary>Nothing is added any more; completes when everything is answered.</summary>
    public Task DrainAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_answering == 0)
            {
                _drained.TrySetResult();
            }
        }

        return _drained.Task;
    }

    private async Task AnswerAsync(byte[] piece)
    {
        while (TryTake(piece, out var request))
        {
            await answer(request, piece).ConfigureAwait(false);
        }
    }

    private bool TryTake(byte[] piece, out NbdQueuedRequest request)
    {
        lock (_lock)
        {
            // One of several leaves when others have come who have none.
            if ((_answering == 1 || _answering <= pieces.Share) && _waiting.TryDequeue(out request))
            {
                return true;
            }

            request = default;
            _answering--;
            pieces.Return(piece);
            if (_answering == 0 && _closed)
            {
                _drained.TrySetResult();
            }

            return false;
        }
    }
}
