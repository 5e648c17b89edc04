using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>Hands a step's progress on at once, on the thread that reports it.</summary>
internal sealed class StepProgressReporter(Step step, IRunObserver observer) : IProgress<StepProgress>
{
    public void Report(StepProgress value) => observer.StepProgressed(step, value);
}
