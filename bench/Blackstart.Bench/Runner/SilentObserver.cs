using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Bench.Runner;

/// <summary>Shows nothing.</summary>
internal sealed class SilentObserver : IRunObserver
{
    public void StepStarted(Step step, DateTimeOffset at)
    {
    }

    public void ActionStarted(Step step)
    {
    }

    public void StepWaits(Step step, ProbeAnswer answer)
    {
    }

    public void StepProgressed(Step step, StepProgress progress)
    {
    }

    public void StepEnded(Step step, StepRecord record)
    {
    }
}
