using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>Passes calls on one at a time.</summary>
internal sealed class SerialObserver(IRunObserver inner) : IRunObserver
{
    private readonly Lock _lock = new();

    public void StepStarted(Step step, DateTimeOffset at)
    {
        lock (_lock)
        {
            inner.StepStarted(step, at);
        }
    }

    public void ActionStarted(Step step)
    {
        lock (_lock)
        {
            inner.ActionStarted(step);
        }
    }

    public void StepWaits(Step step, ProbeAnswer answer)
    {
        lock (_lock)
        {
            inner.StepWaits(step, answer);
        }
    }

    public void StepProgressed(Step step, StepProgress progress)
    {
        lock (_lock)
        {
            inner.StepProgressed(step, progress);
        }
    }

    public void StepEnded(Step step, StepRecord record)
    {
        lock (_lock)
        {
            inner.StepEnded(step, record);
        }
    }
}
