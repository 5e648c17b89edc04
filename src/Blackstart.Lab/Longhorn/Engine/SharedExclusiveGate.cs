namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>Many at a time, or one alone.</summary>
internal sealed class SharedExclusiveGate : IDisposable
{
    private const int Places = 64;
    private readonly SemaphoreSlim _places = new(Places, Places);
    private readonly SemaphoreSlim _alone = new(1, 1);

    public async ValueTask EnterSharedAsync(CancellationToken cancellationToken) => await _places.WaitAsync(cancellationToken);

    public void LeaveShared() => _places.Release();

    public async ValueTask EnterAloneAsync(CancellationToken cancellationToken)
    {
        await _alone.WaitAsync(cancellationToken);
        var taken = 0;
        try
        {
            for (; taken < Places; taken++)
            {
                await _places.WaitAsync(cancellationToken);
            }
        }
        catch
        {
            if (taken > 0)
            {
                _places.Release(taken);
            }

            _alone.Release();
            throw;
        }
    }

    public void LeaveAlone()
    {
        _places.Release(Places);
        _alone.Release();
    }

    public void Dispose()
    {
        _places.Dispose();
        _alone.Dispose();
    }
}
