namespace Blackstart.Lab.Kubelet;

/// <summary>The pause before a crashed container starts again. Kubernetes doubles from 10 s to 5 min; the lab's clock runs faster.</summary>
internal sealed class BackOff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Forgiven = TimeSpan.FromSeconds(10);

    private TimeSpan _next = First;

    /// <summary>The pause after a run that began then.</summary>
    public TimeSpan After(long startedTimestamp)
    {
        if (time.GetElapsedTime(startedTimestamp) > Forgiven)
        {
            _next = First;
        }

        var pause = _next;
        _next = _next * 2 > Longest ? Longest : _next * 2;
        return pause;
    }
}
